/** What a later stream needs of a user. */
export interface KnownUser {
  readonly email: string | undefined;
  readonly superAdmin: boolean;
  /** Suspended or archived. */
  readonly closed: boolean;
  /** False where Google says that Gmail is not licensed: a mailbox from before, and its delegates, come back with it. */
  readonly mailbox: boolean;
}
export interface KnownGroup {
  /** Google's own count of direct members. */
  readonly directMembers: number | undefined;
}
export interface KnownRole {
  readonly name: string;
  readonly superAdmin: boolean;
  readonly system: boolean | undefined;
  readonly privileges: readonly string[];
}
export interface KnownClient {
  name: string | undefined;
  anonymous: boolean | undefined;
  nativeApp: boolean | undefined;
}

/** How far a list was read that other streams rest on. */
export interface ListRead {
  /** Its last page was seen. */
  ended: boolean;
  /** Rows that could not be understood, and so may be anybody. */
  rejected: number;
}

/** Only of a list that was read whole it is known that what it lacks does not exist. */
export const isWhole = ({ ended, rejected }: ListRead) => ended && rejected === 0;

/** Why a list proves nothing of what it lacks, where it is not whole. */
export function lackOf(what: "user" | "group", { ended, rejected }: ListRead): string {
  if (!ended) return `the ${what}s were not read to their end`;
  return rejected === 1
    ? `1 of the ${what}s that Google lists could not be understood`
    : `${rejected} of the ${what}s that Google lists could not be understood`;
}

/** What the streams of one customer tell each other: ids and addresses, no objects. */
export interface Memo {
  /** In lower case: those of the customer itself. */
  readonly domains: Set<string>;
  /** Domains that could not be understood. */
  rejectedDomains: number;
  primaryDomain: string | undefined;
  readonly users: Map<string, KnownUser>;
  readonly userList: ListRead;
  readonly groups: Map<string, KnownGroup>;
  readonly groupList: ListRead;
  /** Node keys by address in lower case, of users and groups. */
  readonly addresses: Map<string, string>;
  /** Members listed so far of a group whose pages are being converted, by key. */
  readonly counting: Map<string, { readonly members: Set<string>; everybody: boolean }>;
  /** Members of all groups so far: what Google counts, or what it listed where that is more. */
  memberTotal: number;
  readonly roles: Map<string, KnownRole>;
  readonly assignmentList: ListRead;
  /** Ids of whoever an assignment makes a super administrator. */
  readonly superAssigned: Set<string>;
  readonly clients: Map<string, KnownClient>;
}

export function createMemo(): Memo {
  return {
    domains: new Set(),
    rejectedDomains: 0,
    primaryDomain: undefined,
    users: new Map(),
    userList: { ended: false, rejected: 0 },
    groups: new Map(),
    groupList: { ended: false, rejected: 0 },
    addresses: new Map(),
    counting: new Map(),
    memberTotal: 0,
    roles: new Map(),
    assignmentList: { ended: false, rejected: 0 },
    superAssigned: new Set(),
    clients: new Map(),
  };
}
