/** What a later stream needs of a user. */
export interface KnownUser {
  readonly email: string | undefined;
  readonly superAdmin: boolean;
  /** Suspended or archived. */
  readonly closed: boolean;
  /** False where Google says that no mailbox was made. */
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

/** What the streams of one customer tell each other: ids and addresses, no objects. */
export interface Memo {
  /** In lower case: those of the customer itself. */
  readonly domains: Set<string>;
  primaryDomain: string | undefined;
  readonly users: Map<string, KnownUser>;
  /** The last page of users was seen: whoever is not among them is nobody's here. */
  usersListed: boolean;
  readonly groups: Map<string, KnownGroup>;
  groupsListed: boolean;
  /** Node keys by address in lower case, of users and groups. */
  readonly addresses: Map<string, string>;
  /** Members listed so far of a group whose pages are being converted, by key. */
  readonly counting: Map<string, { readonly members: Set<string>; everybody: boolean }>;
  /** Members of all groups so far: what Google counts, or what it listed where that is more. */
  memberTotal: number;
  readonly roles: Map<string, KnownRole>;
  assignmentsListed: boolean;
  /** Ids of whoever an assignment makes a super administrator. */
  readonly superAssigned: Set<string>;
  readonly clients: Map<string, KnownClient>;
}

export function createMemo(): Memo {
  return {
    domains: new Set(),
    primaryDomain: undefined,
    users: new Map(),
    usersListed: false,
    groups: new Map(),
    groupsListed: false,
    addresses: new Map(),
    counting: new Map(),
    memberTotal: 0,
    roles: new Map(),
    assignmentsListed: false,
    superAssigned: new Set(),
    clients: new Map(),
  };
}
