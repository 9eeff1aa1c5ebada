/**
 * What the conformance suite needs of a system to try a collector on it: a server that speaks the system's documented
 * protocol with state, and that can be made to misbehave. One rig per collector; the suite knows nothing else of the
 * system.
 */
export interface Rig {
  /** A source's own keys in the configuration, pointed at the server. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Set in the environment while the system is read: credentials, always from there. Asked for anew before each read. */
  readonly environment: Readonly<Record<string, string>>;
  /** The partitions of a whole read, ordered; two or more where the system can have more than one. */
  readonly partitions: readonly string[];
  /** Every list or object that the collector asks the system for, in any stream. */
  readonly lists: readonly RigList[];
  /** Every form in which the system's documentation says that a caller must wait. */
  readonly waits: readonly RigWait[];
  /** Back to the system as it was made: no trouble, the same objects. */
  reset(): Promise<void>;
  /** Adds trouble until the next `reset`. Throws where the rig cannot make it: then the case must be named in `notApplicable`. */
  arrange(trouble: Trouble): Promise<void>;
  /** Resolves when a call of the list has reached the server and waits for its answer (trouble `silent`). */
  reached(list: string): Promise<void>;
  /** Calls served since the last `reset`. */
  calls(): number;
  /**
   * How many answers were other than they would have been for what `arrange` arranged since the last `reset`: for a
   * canary, those in which it stood. Where it is 0 a case has proved nothing, and fails.
   */
  troubled(): number;
  /** What must never be found besides the canary: private keys and tokens that the system made itself. */
  secrets?(): readonly string[];
  stop(): Promise<void>;
}

export interface RigList {
  /** The rig's own name of it, for `Trouble`: `users`, `group members`. */
  readonly name: string;
  readonly stream: string;
  /** The partitions whose read of the stream rests on it; all of them unless told. */
  readonly partitions?: readonly string[];
  /** Other streams of the same partitions that may be incomplete as well where this list is denied. */
  readonly takesAlong?: readonly string[];
  /** The permission that a denial's message must name, as the collector's metadata has it; undefined where nothing can be denied. */
  readonly permission: string | undefined;
  /** It comes in pages, and its objects are more than one page holds. */
  readonly paged: boolean;
  /** It is asked for in each partition; false for what is asked once for the whole system. */
  readonly perPartition: boolean;
  /** The system states how many there are. */
  readonly counted?: true;
  /** Why none of its objects can be `mangled`; undefined where one can. */
  readonly unmangled?: string;
  /** `failed`: denied, its stream has nothing. `partial`: the stream goes on without it. `none`: it is optional, and nothing else suffers; a note or the reason names the permission. */
  readonly whenDenied: "failed" | "partial" | "none";
}

export interface RigWait {
  readonly name: string;
  /** Address of the documentation of this form. */
  readonly documentation: string;
  /** What a caller must wait at least before the same call again, ms; a date in whole seconds is up to one earlier. */
  readonly leastMs: number;
  /** Lists that are answered so; all of them unless told. */
  readonly lists?: readonly string[];
}

/** What goes wrong. Lists are named as in `RigList`, waits as in `RigWait`. */
export type Trouble =
  /** An empty page comes between two that are not. */
  | { readonly kind: "emptyPage"; readonly list: string }
  /** The last object of one page is also the first of the next. */
  | { readonly kind: "twice"; readonly list: string }
  /** The next `times` calls are throttled in this form. */
  | { readonly kind: "throttled"; readonly list: string; readonly wait: string; readonly times: number }
  /** Denied, in one partition or wherever it is asked for. */
  | { readonly kind: "denied"; readonly list: string; readonly partition?: string }
  /** The connection is cut in the middle of the next answer's body; after that it works again. */
  | { readonly kind: "cut"; readonly list: string }
  /** A page names itself as the next. */
  | { readonly kind: "sameCursor"; readonly list: string }
  /** Calls reach the server and are never answered. */
  | { readonly kind: "silent"; readonly list: string }
  /** Something refers to an object that no list has. */
  | { readonly kind: "stranger" }
  /** One object is left out of what the list answers, while the system's own total still counts it. */
  | { readonly kind: "shortfall"; readonly list: string }
  /** One object of the list's next answer that has any lacks what it cannot be without: its id. */
  | { readonly kind: "mangled"; readonly list: string }
  /**
   * The text stands in every string field of the API that could hold a secret (secret texts, tokens, private keys,
   * notes, hints), and in the credentials of the environment.
   */
  | { readonly kind: "canary"; readonly secret: string };

export type TroubleKind = Trouble["kind"];

/** The cases of the suite; docs and output use these names. */
export const CASES = [
  "empty page in the middle",
  "same object on two pages",
  "throttled, then answered",
  "denied",
  "denied in one partition",
  "cut in mid-page and restored",
  "cursor that repeats",
  "aborted",
  "reference to something nobody lists",
  "total that does not add up",
  "object that cannot be read",
  "secret canaries",
  "record then replay",
  "unchanged system",
  "invariants hold after a whole read",
  "permissions in the README",
  "fields in the table of what is collected",
] as const;
export type CaseName = (typeof CASES)[number];

/** A collector under test. */
export interface ConformanceTarget {
  /** Starts the system. It listens on loopback only. */
  start(): Promise<Rig>;
  /** Cases that the collector's transport cannot have, each with the reason. */
  readonly notApplicable: Readonly<Partial<Record<CaseName, string>>>;
}
