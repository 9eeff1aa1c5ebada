import type { Finding } from "../finding.js";

/** An exception that somebody asked for and nobody has approved or ended yet. */
export interface RequestedException {
  readonly id: string;
  readonly rule: string;
  readonly fingerprint: string;
}

/** An approved exception that nothing has ended yet, whatever its finding's state. */
export interface ApprovedException extends RequestedException {
  /** ISO instant, exclusive. */
  readonly until: string;
}

/** An exception that a run ends: its day is over, or a read proved what it was for removed. */
export interface EndedException {
  readonly id: string;
  readonly rule: string;
  readonly fingerprint: string;
  readonly because: "expired" | "removed";
}

/**
 * The approved exceptions in one run. One lasts until its day, whatever becomes of its finding meanwhile: a finding
 * that only no longer applies may be back tomorrow (a run as of another day, a record that was corrected), and then
 * what was decided about it still holds. A proved removal ends it, and what was only asked for: what comes back after
 * that is another access.
 */
export class Approved {
  readonly #lasting = new Map<string, ApprovedException[]>();
  readonly #ended = new Map<string, EndedException>();

  constructor(
    approved: readonly ApprovedException[],
    private readonly requested: readonly RequestedException[],
    standing: readonly Finding[],
    at: number,
  ) {
    const all = new Map(approved.map((one) => [one.id, one]));
    for (const { rule, fingerprint, exception } of standing) {
      if (exception !== null) all.set(exception.id, { rule, fingerprint, ...exception });
    }
    for (const one of all.values()) {
      if (Date.parse(one.until) <= at) this.#end(one, "expired");
      else this.#lasting.set(one.fingerprint, [...(this.#lasting.get(one.fingerprint) ?? []), one]);
    }
  }

  /** The exception that a finding stands under: of several the one that lasts longest. */
  of(fingerprint: string): Finding["exception"] {
    const [first] = [...(this.#lasting.get(fingerprint) ?? [])].sort(
      (a, b) => Date.parse(b.until) - Date.parse(a.until) || (a.id < b.id ? -1 : 1),
    );
    return first === undefined ? null : { id: first.id, until: first.until };
  }

  endRemoved(fingerprint: string): void {
    for (const one of this.#lasting.get(fingerprint) ?? []) this.#end(one, "removed");
    this.#lasting.delete(fingerprint);
    for (const one of this.requested) if (one.fingerprint === fingerprint) this.#end(one, "removed");
  }

  /** What this run ends, ordered by id. */
  get ended(): readonly EndedException[] {
    return [...this.#ended.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #end({ id, rule, fingerprint }: RequestedException, because: EndedException["because"]): void {
    this.#ended.set(id, { id, rule, fingerprint, because });
  }
}
