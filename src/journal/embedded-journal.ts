import type { GraphStore, WriteTransaction } from "../graph/index.js";
import { type Log, messageOf, OperationError } from "../model/index.js";
import { type AuditReport, checkChain, linkOf, problemOf } from "./audit.js";
import { type EventDraft, type Head, isSound, newChainId, parseEventLine, sealEvent } from "./chain.js";
import type { JournalEvent } from "./event.js";
import type { JournalFile } from "./file.js";
import type { Journal, Projectors } from "./journal.js";
import { chainIn, chainOf, createChain, lockJournal, projectEvent } from "./projection.js";

export interface JournalParts {
  readonly store: GraphStore;
  readonly file: JournalFile;
  readonly projectors: Projectors;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * The journal beside an embedded store: the file is what counts. An event is appended and fsynced as the last
 * step before its projection commits; what a crash leaves between the two is projected again by whoever comes
 * next. All of it happens inside the store's transactions, which are serial across processes.
 */
export class EmbeddedJournal implements Journal {
  readonly #store: GraphStore;
  readonly #file: JournalFile;
  readonly #projectors: Projectors;
  readonly #now: () => number;
  readonly #log: Log;

  constructor(parts: JournalParts) {
    this.#store = parts.store;
    this.#file = parts.file;
    this.#projectors = parts.projectors;
    this.#now = parts.now;
    this.#log = parts.log;
  }

  async open(): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      this.#log.warn(error.message);
    }
  }

  async check(): Promise<void> {
    const tail = await this.#file.tail();
    const chain = await chainOf(this.#store);
    const caughtUp = chain !== undefined && tail.torn === 0 && !tail.broken;
    if (
      caughtUp &&
      (tail.head?.seq ?? 0) === chain.head.seq &&
      (tail.head?.hash ?? chain.id) === chain.head.hash
    )
      return;
    await this.#store.write(async (tx) => {
      await this.#catchUp(tx);
    });
  }

  async append(
    actor: string,
    draft: (tx: WriteTransaction) => Promise<EventDraft | undefined>,
  ): Promise<JournalEvent | undefined> {
    let recorded: JournalEvent | undefined;
    try {
      return await this.#store.write(async (tx) => {
        const head = await this.#catchUp(tx);
        // Run again after the event was recorded: catching up has just projected it.
        if (recorded !== undefined) return recorded;
        const drafted = await draft(tx);
        if (drafted === undefined) return undefined;
        const event = sealEvent(head, drafted, actor, this.#now());
        await projectEvent(tx, event, this.#projectors, "embedded");
        await this.#file.append([event]);
        recorded = event;
        return event;
      });
    } catch (error) {
      if (recorded === undefined) throw error;
      return await this.#recover(recorded, error);
    }
  }

  /** The event is durable but its projection did not commit: project it now, or leave that to the next command. */
  async #recover(event: JournalEvent, cause: unknown): Promise<JournalEvent> {
    try {
      await this.check();
      return event;
    } catch {
      throw new OperationError({
        what: `Event ${event.seq} (${event.type}) is recorded in the journal, but the store did not take it: ${messageOf(cause)}.`,
        means: "The next command applies it.",
        cause,
      });
    }
  }

  async *events(from = 1): AsyncGenerator<JournalEvent> {
    yield* this.#file.events(from);
  }

  async head(): Promise<Head> {
    return (await chainOf(this.#store))?.head ?? { seq: 0, hash: "" };
  }

  async verify(): Promise<AuditReport> {
    const links = [];
    for await (const line of this.#file.lines()) {
      const event = parseEventLine(line);
      links.push(event && linkOf(event));
    }
    const chain = await chainOf(this.#store);
    const head = chain?.head ?? { seq: 0, hash: "" };
    const found = checkChain(links, chain?.id, head);
    const problem = found === undefined ? null : problemOf(found, "file");
    return { ok: problem === null, events: links.length, head, problem };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  /** Makes file and store agree, or throws. Returns where the chain stands. */
  async #catchUp(tx: WriteTransaction): Promise<Head> {
    await lockJournal(tx);
    const tail = await this.#file.tail();
    if (tail.broken) throw distrusted(this.#file.path, "its last line is not an event");
    const chain = await chainIn(tx);
    const last = tail.head?.seq ?? 0;
    if (chain === undefined) {
      if (last > 0) throw orphaned(this.#file.path, last);
      if (tail.torn > 0) await this.#dropTorn(tail.whole, tail.torn);
      const id = newChainId();
      await createChain(tx, id);
      return { seq: 0, hash: id };
    }
    let head = chain.head;
    if (last < head.seq) {
      throw distrusted(this.#file.path, `it ends at event ${last}, and the store has seen event ${head.seq}`);
    }
    if (tail.torn > 0) await this.#dropTorn(tail.whole, tail.torn);
    if (last === head.seq) {
      if ((tail.head?.hash ?? chain.id) !== head.hash) {
        throw distrusted(this.#file.path, `event ${last} is not the one that the store has seen`);
      }
      return head;
    }
    for await (const event of this.#file.events(head.seq + 1)) {
      if (event.seq !== head.seq + 1 || event.previous !== head.hash || !isSound(event)) {
        throw distrusted(this.#file.path, `event ${event.seq} does not follow event ${head.seq}`);
      }
      await projectEvent(tx, event, this.#projectors, "embedded");
      this.#log.info(
        `Applied event ${event.seq} (${event.type}), which an earlier command had only recorded.`,
      );
      head = { seq: event.seq, hash: event.hash };
    }
    return head;
  }

  async #dropTorn(whole: number, torn: number): Promise<void> {
    await this.#file.truncate(whole);
    this.#log.warn(
      `The journal ended in ${torn} bytes of an event that a crash cut off; it had not taken effect and was removed.`,
    );
  }
}

function distrusted(path: string, why: string): OperationError {
  return new OperationError({
    what: `The journal ${path} does not fit its store: ${why}.`,
    means: "Nothing is decided or changed on such ground.",
    fix: "`exitgraph audit verify` says more. Restore the file from a backup.",
  });
}

function orphaned(path: string, events: number): OperationError {
  return new OperationError({
    what: `The store is new, but the journal ${path} holds ${events} events.`,
    means: "Nothing is changed, because the two do not belong together.",
    fix: "Run `exitgraph rebuild`, which makes the store from snapshots and journal, or move the journal away.",
  });
}
