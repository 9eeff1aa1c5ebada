import type { Privilege } from "../../src/model/index.js";
import { IdList } from "./guids.js";
import type { ObjectCounts } from "./object-counts.js";
import type { ListReads } from "./whole.js";

/** A directory role, as far as its definition was read. */
export interface KnownRole {
  readonly name: string;
  readonly privilege: Privilege;
  readonly why: string;
}

/** What PIM says of one active assignment, all its schedules together. */
export interface Schedule {
  /** The earliest start. */
  startsAt: number | undefined;
  /** The latest end; undefined where one has none. */
  endsAt: number | undefined;
  endless: boolean;
  readonly kinds: Set<string>;
}

/** What the streams tell each other: ids, and no objects. */
export interface Memo {
  /** How far the lists of streams were read. */
  readonly lists: ListReads;
  readonly guests: IdList;
  /** Users who may have a mailbox. */
  readonly mailboxes: IdList;
  readonly groups: IdList;
  /** Groups whose membership is hidden. */
  readonly hiddenGroups: Set<string>;
  /** All but managed identities: to these nobody is assigned. */
  readonly servicePrincipals: IdList;
  /** All of them, managed identities as well: each may have owners. */
  readonly ownedPrincipals: IdList;
  readonly applications: IdList;
  /** By the service principal's id. */
  readonly appIdOf: Map<string, string>;
  /** What people call it, by the service principal's id. */
  readonly nameOf: Map<string, string>;
  /** By the application's (client) id. */
  readonly spOf: Map<string, string>;
  /** By the registration's object id. */
  readonly appIdOfObject: Map<string, string>;
  /** Names of what a SKU id stands for. */
  readonly skus: Map<string, string>;
  readonly roles: Map<string, KnownRole>;
  /** By principal, role and scope. */
  readonly schedules: Map<string, Schedule>;
  /** By stream: what its per-object lists hold. */
  readonly objectCounts: Map<string, ObjectCounts>;
}

export function createMemo(): Memo {
  return {
    lists: new Map(),
    guests: new IdList(),
    mailboxes: new IdList(),
    groups: new IdList(),
    hiddenGroups: new Set(),
    servicePrincipals: new IdList(),
    ownedPrincipals: new IdList(),
    applications: new IdList(),
    appIdOf: new Map(),
    nameOf: new Map(),
    spOf: new Map(),
    appIdOfObject: new Map(),
    skus: new Map(),
    roles: new Map(),
    schedules: new Map(),
    objectCounts: new Map(),
  };
}
