import type { z } from "zod";
import type {
  CanonicalLabel,
  EdgeType,
  GraphRecord,
  Log,
  Remediation,
  RemediationRequest,
  Verdict,
} from "../model/index.js";

/**
 * The collector contract: metadata plus streams. A stream reads raw pages and converts them; the engine owns the
 * loop, retry, rate limit, cancellation and the verdict per partition. `S` is the collector's session (its
 * clients), `M` its memo per partition, `C` its configuration.
 *
 * Reading and converting are apart so that every collector can be recorded and replayed: `read` yields pages in
 * the form the vendor's own command line prints (JSON; instants as ISO text, binary in base64), and `convert`
 * sees nothing but pages, its memo and its configuration.
 */
export interface Collector<C, S, M> {
  /** The `type` in the configuration, and the name of the folder. */
  readonly system: string;
  /** What the company calls it: `AWS IAM`. */
  readonly title: string;
  /** Raised when the conversion changes, so that a snapshot says which reading of the raw data it is. */
  readonly version: string;
  /** `hr`: its employments decide who has left. `access`: it says what people and software can do. */
  readonly category: "hr" | "access";
  /** Strict zod schema of the source's own keys (without `type`, `recording` and `schedule`). */
  readonly config: z.ZodType<C>;
  readonly permissions: readonly Permission[];
  /** Where each property comes from and what it is for, by `Provider.property` or `property`: docs/collected.md is made of it. */
  readonly fields?: Readonly<Record<string, Field>>;
  /** What people may expect and does not come: printed by `doctor`, and in the README. */
  readonly notRead?: readonly string[];
  /** In the order they are read and converted. */
  readonly streams: readonly Stream<S, M, C>[];
  /** Half of what the system allows by default: others share it. */
  readonly rateLimit: RateLimit;

  /** Opens clients. Reads secrets from the environment only. Throws CollectError where it cannot. */
  open(context: OpenContext<C>): Promise<S>;
  close?(session: S): Promise<void>;
  /** The smallest scopes that can be read completely or not. Throws where they cannot be determined. */
  partitions(session: S, context: PartitionsContext<C>): Promise<readonly Partition[]>;
  /** For `doctor`: throws, as `read` would, where reading could not even begin. Reads no data. */
  check?(session: S, context: OpenContext<C>): Promise<void>;
  /** Files that people have already and that hold several streams at once, which a recording may consist of. */
  readonly exports?: readonly VendorExport<C>[];
  /** For `doctor`: what a configuration that works leaves unseen, in sentences, and what to do about it. */
  advise?(config: C): readonly string[];
  /** A fresh memo: what the streams of one partition tell each other, filled by `convert`. */
  createMemo(config: C): M;
  /** Called when all streams of a partition are converted: records that need more than one stream. Each names the stream that owns it. */
  finish?(context: FinishContext<C, M>): Iterable<{ readonly stream: string; readonly record: GraphRecord }>;
  /** The exact command that ends something in this system, or nothing if it is not this system's. */
  remediate?(request: RemediationRequest): readonly Remediation[];
  /** Classifies an error of the system's SDK. What it does not know is `fatal`. */
  classify?(error: unknown): Failure;
}

/** One property of a record, for people who want to know what is collected. */
export interface Field {
  /** The system's own name: `accountEnabled`, `UserDetailList[].PasswordLastUsed`. */
  readonly from: string;
  /** What it is used for; where it is left out, what src/model says of every property of this name. */
  readonly use?: string;
}

export interface Permission {
  /** In the system's own words: `iam:GetAccountAuthorizationDetails`. */
  readonly name: string;
  /** What it is needed for, and what is not read without it. */
  readonly why: string;
  readonly streams: readonly string[];
  readonly optional?: boolean;
}

export interface Partition {
  /** Immutable, without `|`: an AWS account id, a project number. */
  readonly id: string;
  /** For people; may say the same. */
  readonly title?: string;
}

export interface Stream<S, M, C> {
  readonly name: string;
  readonly title: string;
  /** What it may emit. The engine refuses anything else: each property has one owning stream. */
  readonly produces: Produces;
  /**
   * Where it cannot be read the verdict of the others stands (totals that a caller may not see, what needs a licence).
   * Never having been read is a gap only for a rule that needs what nothing else of its source tells.
   */
  readonly optional?: boolean;
  /** Reads one partition. Every call of the system goes through `io.call`. Throws CollectError where it must stop. */
  read(session: S, partition: Partition, io: ReadContext<C, M>): AsyncIterable<RawPage>;
  /**
   * Pure but for the memo. A property that follows from what was not read (another stream failed, a page was denied)
   * is named in the record's `unsure`.
   */
  convert(page: RawPage, context: ConvertContext<C, M>): Iterable<GraphRecord>;
  /**
   * For recordings made by the vendor's command line: which partition a page speaks of, or which several. It is then
   * converted for each of them, and each time takes what is of that one.
   */
  partitionOf?(page: RawPage, config: C): readonly string[] | string | undefined;
  /** For the same: true where the page itself says that more would follow. */
  truncated?(page: RawPage): boolean;
  /** For the same: the instant the page speaks of, epoch ms; without it the file's modification time. */
  dataTimeOf?(page: RawPage): number | undefined;
}

/** JSON, as `JSON.parse` gives it. Collectors narrow it with zod or by hand; nothing is cast. */
export type RawPage = unknown;

/** Record types a stream emits, and the properties it owns on each. `name` and aliases may come from any stream of the source. */
export interface Produces {
  readonly nodes: readonly {
    readonly label: CanonicalLabel;
    readonly provider?: string;
    readonly properties: readonly string[];
    /** Properties that an earlier stream also gives, and that this one knows better. */
    readonly refines?: readonly string[];
    /**
     * The id in its key names one thing wherever it is read, and only one source should describe that (INV-5). Not for
     * what many tenants have under one id: a vendor's application, a built-in role, `everybody`.
     */
    readonly globalId?: boolean;
  }[];
  readonly edges: readonly {
    readonly type: EdgeType;
    readonly properties: readonly string[];
    /**
     * What these edges go out from, where it is less than the type allows: a rule about the owners of applications does
     * not wait for those of devices. Without it they may go out from anything.
     */
    readonly from?: readonly CanonicalLabel[];
  }[];
}

export interface RateLimit {
  readonly requestsPerSecond: number;
  readonly concurrency: number;
}

export interface OpenContext<C> {
  readonly source: string;
  readonly config: C;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Calls the system with the engine's retry, rate limit and cancellation. */
  call: Call;
  /** Folder that relative paths of the configuration start from. */
  readonly baseDir: string;
  /** The company's time zone, IANA. */
  readonly timeZone: string;
}

export interface PartitionsContext<C> extends OpenContext<C> {
  /** A partition that was known and that the system no longer names may be gone, or hidden: only looking tells. */
  readonly known: KnownGraph;
  readonly pages: Pages;
}

/** An export of everything, `<file>.ndjson` in a recording: one file whose lines are pages of many streams and partitions. */
export interface VendorExport<C> {
  /** Without the ending; no stream's name. */
  readonly file: string;
  /** Begins one file. */
  open(config: C): ExportDealer;
}

/** Deals the lines of one export out. A stream that gets no page of a partition was not read there. */
export interface ExportDealer {
  /** Called for each line in its order: of which streams and partitions it is a page. Throws where the file is something else. */
  deal(line: RawPage): Iterable<{ readonly stream: string; readonly partition: string }>;
  /** Called after the last line: pages that only the whole tells, which follow the others of their stream and partition. */
  end(): Iterable<{ readonly stream: string; readonly partition: string; readonly page: RawPage }>;
}

/**
 * One call of the system. `operation` names it in errors and in the count of calls. SDK clients must not retry
 * by themselves: the engine does, as `classify` says.
 */
export type Call = <T>(operation: string, run: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Pages of a cursor-driven list. A cursor that comes twice is a failure, not a loop. */
export type Pages = <P>(
  operation: string,
  run: (
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ readonly page: P; readonly next: string | undefined }>,
) => AsyncIterable<P>;

export interface ReadContext<C, M> extends OpenContext<C> {
  /** What earlier streams of this partition left; `read` may look at it, and note what only the reading knows. */
  readonly memo: M;
  readonly known: KnownGraph;
  readonly pages: Pages;
  /** Makes this stream's read of this partition partial, and goes on. */
  partial(reason: string): void;
  /** The instant the data speaks of, where it is not the start of the read. Epoch ms. */
  dataTime(instant: number): void;
  /** Epoch ms; collectors never read the clock themselves. */
  now(): number;
  /** Tokens of what is asked for; a later read that lacks one is narrower. */
  scope(...tokens: readonly string[]): void;
}

/** What the graph already holds of this source, for streams that must ask for what they knew. */
export interface KnownGraph {
  readonly partitions: readonly string[];
  /** Keys of live edges of this source and partition. */
  edges(
    type: EdgeType,
    partition: string,
  ): Promise<readonly { readonly from: string; readonly to: string }[]>;
}

export interface ConvertContext<C, M> {
  readonly source: string;
  readonly partition: string;
  readonly config: C;
  readonly timeZone: string;
  readonly memo: M;
  /** Rejects one row: where it stands and why, never its content. The read becomes partial. */
  reject(where: string, reason: string): void;
  /** Makes this stream's read of this partition partial, and goes on. */
  partial(reason: string): void;
  /**
   * Something people should see and that leaves the verdict alone (a value that is not mapped): what and where. Of
   * content nothing but the few words of a list, such as a status.
   */
  note(text: string): void;
  /** The system's own total of a record type in a stream of this partition; a shortfall makes that stream partial. */
  total(stream: string, recordType: string, total: number): void;
}

export interface FinishContext<C, M> extends Omit<ConvertContext<C, M>, "total"> {
  /** Verdict of each stream of this partition so far; a stream that was not read is absent. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/** What went wrong in one call, in terms the engine acts on. */
export type Failure =
  | { readonly kind: "throttled"; readonly retryAfterMs?: number }
  | { readonly kind: "transient"; readonly retryAfterMs?: number }
  | { readonly kind: "denied"; readonly permission: string; readonly message: string }
  | { readonly kind: "unauthenticated"; readonly message: string }
  | { readonly kind: "notFound"; readonly message: string }
  | { readonly kind: "aborted" }
  | { readonly kind: "fatal"; readonly message: string };

/** A read that cannot go on. What was read before it stays, as a partial read. */
export class CollectError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CollectError";
    this.failure = failure;
  }
}

/** What everybody may know of a collector without knowing its types. */
export interface CollectorInfo {
  readonly system: string;
  readonly title: string;
  readonly version: string;
  readonly category: "hr" | "access";
  readonly permissions: readonly Permission[];
  readonly fields: Readonly<Record<string, Field>>;
  readonly notRead: readonly string[];
  readonly streams: readonly StreamInfo[];
  readonly config: z.ZodType;
  remediate(request: RemediationRequest): readonly Remediation[];
}
export interface StreamInfo {
  readonly name: string;
  readonly title: string;
  readonly produces: Produces;
  readonly optional: boolean;
}

/** A collector in the registry: its types are hidden, and come back inside `use`. */
export interface AnyCollector extends CollectorInfo {
  with<R>(use: <C, S, M>(collector: Collector<C, S, M>) => R): R;
}

/** Checks a collector's types where it is written, and hides them where it is registered. */
export function defineCollector<C, S, M>(collector: Collector<C, S, M>): AnyCollector {
  return {
    system: collector.system,
    title: collector.title,
    version: collector.version,
    category: collector.category,
    permissions: collector.permissions,
    fields: collector.fields ?? {},
    notRead: collector.notRead ?? [],
    streams: collector.streams.map(({ name, title, produces, optional }) => ({
      name,
      title,
      produces,
      optional: optional ?? false,
    })),
    config: collector.config,
    remediate: (request) => collector.remediate?.(request) ?? [],
    with: (use) => use(collector),
  };
}
