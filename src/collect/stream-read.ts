import type { Log, Verdict } from "../model/index.js";
import type { PartitionRead } from "../snapshot/index.js";
import type { CallCount } from "./caller.js";

const KEPT = 100;

/** What reading a stream of a partition met, apart from what converting it does: this is what a recording keeps. */
export class ReadFacts implements CallCount {
  calls = 0;
  errors = 0;
  pages = 0;
  dataTime: number;
  readonly scope = new Set<string>();
  readonly partial = new Set<string>();
  /** Why reading ended early. */
  failure: string | undefined;

  constructor(dataTime: number) {
    this.dataTime = dataTime;
  }
}

/** All that decides the verdict of one stream's read of one partition. */
export class StreamRead {
  readonly facts: ReadFacts;
  readonly stream: string;
  readonly partition: string;
  /** Set when the conversion failed: nothing of the stream is to be trusted. */
  broken: string | undefined;
  readonly #totals: ReadonlyMap<string, number>;
  readonly #partial = new Set<string>();
  readonly #rejected: { where: string; reason: string }[] = [];
  readonly #notes = new Set<string>();
  #rejectedCount = 0;
  #moreNotes = 0;

  /** `totals` are the system's own by record type; they may still grow. */
  constructor(stream: string, partition: string, facts: ReadFacts, totals: ReadonlyMap<string, number>) {
    this.#totals = totals;
    this.stream = stream;
    this.partition = partition;
    this.facts = facts;
  }

  reject(where: string, reason: string): void {
    this.#rejectedCount += 1;
    if (this.#rejected.length < KEPT) this.#rejected.push({ where, reason });
  }

  partial(reason: string): void {
    this.#partial.add(reason);
  }

  note(text: string): void {
    if (this.#notes.has(text)) return;
    if (this.#notes.size < KEPT) this.#notes.add(text);
    else this.#moreNotes += 1;
  }

  /** The verdict and its reason; with `counts`, the system's own totals are held against them. */
  verdict(counts?: Readonly<Record<string, number>>): { readonly verdict: Verdict; readonly reason: string } {
    const { facts } = this;
    if (this.broken !== undefined) return { verdict: "failed", reason: this.broken };
    if (facts.failure !== undefined && facts.pages === 0) return { verdict: "failed", reason: facts.failure };
    const reasons = [...facts.partial, ...this.#partial];
    if (facts.failure !== undefined) {
      reasons.unshift(
        `reading ended after ${facts.pages} page${facts.pages === 1 ? "" : "s"}: ${facts.failure}`,
      );
    }
    if (this.#rejectedCount > 0) {
      const [first] = this.#rejected;
      const where = first === undefined ? "" : ` (the first: ${first.where}, ${first.reason})`;
      reasons.push(
        `${this.#rejectedCount} row${this.#rejectedCount === 1 ? " was" : "s were"} rejected${where}`,
      );
    }
    if (counts !== undefined) {
      for (const [type, total] of this.#totals) {
        const read = counts[type] ?? 0;
        if (read < total) reasons.push(`the system counts ${total} ${type}, and ${read} were read`);
      }
    }
    return { verdict: reasons.length === 0 ? "complete" : "partial", reason: reasons.join("; ") };
  }

  toRead(counts: Readonly<Record<string, number>>): PartitionRead {
    const { facts } = this;
    const { verdict, reason } = this.verdict(counts);
    const notes = [...this.#notes];
    if (this.#moreNotes > 0) notes.push(`${this.#moreNotes} more`);
    return {
      stream: this.stream,
      partition: this.partition,
      verdict,
      ...(reason === "" ? {} : { reason }),
      dataTime: facts.dataTime,
      counts,
      ...(this.#totals.size === 0 ? {} : { totals: Object.fromEntries([...this.#totals].sort()) }),
      scope: [...facts.scope].sort(),
      calls: facts.calls,
      errors: facts.errors,
      ...(this.#rejectedCount === 0 ? {} : { rejected: this.#rejected, rejectedCount: this.#rejectedCount }),
      ...(notes.length === 0 ? {} : { notes }),
    };
  }
}

/** Tells people what a read came to. Reasons hold no content of the data. */
export function logRead(log: Log, source: string, read: PartitionRead): void {
  const name = `${source} ${read.stream} ${read.partition}`;
  for (const note of read.notes ?? []) log.warn(`${name}: ${note}`);
  if (read.verdict === "complete") log.debug(`${name}: complete`, { counts: read.counts });
  else log.warn(`${name}: ${read.verdict}: ${read.reason ?? ""}`);
}
