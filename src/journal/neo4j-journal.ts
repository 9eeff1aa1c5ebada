import type { GraphStore, Row, WriteTransaction } from "../graph/index.js";
import { type Log, messageOf, OperationError } from "../model/index.js";
import { type AuditReport, checkChain, compareChains, type Link, linkOf, problemOf } from "./audit.js";
import { type EventDraft, type Head, newChainId, parseEvent, parseEventLine, sealEvent } from "./chain.js";
import type { JournalParts } from "./embedded-journal.js";
import type { JournalEvent } from "./event.js";
import type { JournalFile } from "./file.js";
import type { Journal, Projectors } from "./journal.js";
import { chainIn, chainOf, createChain, lockJournal, projectEvent } from "./projection.js";

const PAGE = 500;
const EVENTS = `MATCH (e:Event) WHERE e.seq >= $from AND e.seq < $to
  RETURN e.seq AS seq, e.type AS type, e.at AS at, e.actor AS actor, e.salt AS salt, e.payload AS payload,
    e.payloadHash AS payloadHash, e.previous AS previous, e.hash AS hash ORDER BY e.seq`;

/**
 * The journal in a Neo4j store: an event and its projection are one transaction. The file is a copy, appended
 * after the commit and topped up at the next chance where that did not happen, in this process or another.
 */
export class Neo4jJournal implements Journal {
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
    await this.check();
    await this.#topUp();
  }

  async check(): Promise<void> {
    if ((await chainOf(this.#store)) !== undefined) return;
    await this.#store.write(async (tx) => {
      await lockJournal(tx);
      if ((await chainIn(tx)) === undefined) await createChain(tx, newChainId());
    });
  }

  async append(
    actor: string,
    draft: (tx: WriteTransaction) => Promise<EventDraft | undefined>,
  ): Promise<JournalEvent | undefined> {
    const event = await this.#store.write(async (tx) => {
      await lockJournal(tx);
      const chain = await chainIn(tx);
      if (chain === undefined) throw new OperationError({ what: "The store has lost its Journal node." });
      const drafted = await draft(tx);
      if (drafted === undefined) return undefined;
      const sealed = sealEvent(chain.head, drafted, actor, this.#now());
      await projectEvent(tx, sealed, this.#projectors, "neo4j");
      return sealed;
    });
    if (event !== undefined) await this.#topUp();
    return event;
  }

  async *events(from = 1): AsyncGenerator<JournalEvent> {
    const { seq: last } = await this.head();
    for (let at = from; at <= last; at += PAGE) {
      for (const row of await this.#store.rows(EVENTS, { from: at, to: at + PAGE })) yield eventOf(row);
    }
  }

  async head(): Promise<Head> {
    return (await chainOf(this.#store))?.head ?? { seq: 0, hash: "" };
  }

  async verify(): Promise<AuditReport> {
    await this.#topUp();
    const chain = await chainOf(this.#store);
    const head = chain?.head ?? { seq: 0, hash: "" };
    const stored: (Link | undefined)[] = [];
    for (let at = 1; ; at += PAGE) {
      const rows = await this.#store.rows(EVENTS, { from: at, to: at + PAGE });
      if (rows.length === 0 && at > head.seq) break;
      for (const row of rows) stored.push(linkOrNothing(row));
    }
    const inFile: (Link | undefined)[] = [];
    for await (const line of this.#file.lines()) {
      const event = parseEventLine(line);
      inFile.push(event && linkOf(event));
    }
    const inStore = checkChain(stored, chain?.id, head);
    // The two copies check each other: what was rewritten consistently in one still differs from the other.
    const found =
      inStore !== undefined
        ? problemOf(inStore, "store")
        : first(checkChain(inFile, chain?.id, head), compareChains(known(inFile), known(stored)));
    return { ok: found === null, events: stored.length, head, problem: found };
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  /** Appends to the file what the store has and the file lacks. The event counts without it, so failing only warns. */
  async #topUp(): Promise<void> {
    try {
      if ((await this.#file.tail()).head?.seq === (await this.head()).seq) return;
      // Under the store's lock, so that two processes of one machine do not append the same event.
      await this.#store.write(async (tx) => {
        await lockJournal(tx);
        const tail = await this.#file.tail();
        if (tail.broken) throw new Error("its last line is not an event");
        if (tail.torn > 0) await this.#file.truncate(tail.whole);
        const to = ((await chainIn(tx))?.head.seq ?? 0) + 1;
        let after = tail.head;
        for (let from = (after?.seq ?? 0) + 1; from < to; from += PAGE) {
          const events = (await tx.run(EVENTS, { from, to: Math.min(from + PAGE, to) })).map(eventOf);
          if (after !== undefined && events[0]?.previous !== after.hash) {
            throw new Error(`event ${after.seq} in it is not the store's`);
          }
          await this.#file.append(events);
          after = events.at(-1);
        }
      });
    } catch (error) {
      this.#log.warn(
        `The journal file ${this.#file.path} could not be brought up to the store: ${messageOf(error)}. The store has all events.`,
      );
    }
  }
}

function payloadOf(row: Row): Row | Record<string, unknown> {
  const { payload } = row;
  if (typeof payload !== "string") return row;
  try {
    const parsed: unknown = JSON.parse(payload);
    return { ...row, payload: parsed };
  } catch {
    return row;
  }
}

function linkOrNothing(row: Row): Link | undefined {
  const event = parseEvent(payloadOf(row));
  return event && linkOf(event);
}

function eventOf(row: Row): JournalEvent {
  const event = parseEvent(payloadOf(row));
  if (event !== undefined) return event;
  throw new OperationError({
    what: `Event ${String(row.seq)} in the store is damaged.`,
    fix: "`exitgraph audit verify` says more.",
  });
}

function known(links: readonly (Link | undefined)[]): readonly Link[] {
  return links.filter((link) => link !== undefined);
}

type Found = Parameters<typeof problemOf>[0] | undefined;

/** Of what the chain itself and the other copy say, the earlier; the chain knows more of what happened. */
function first(inChain: Found, compared: Found) {
  const found = inChain === undefined || (compared && compared.seq < inChain.seq) ? compared : inChain;
  return found === undefined ? null : problemOf(found, "file");
}
