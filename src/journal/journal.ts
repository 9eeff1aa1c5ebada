import { join } from "node:path";
import type { GraphStore, WriteTransaction } from "../graph/index.js";
import { type Log, silentLog } from "../model/index.js";
import type { AuditReport } from "./audit.js";
import type { EventDraft, Head } from "./chain.js";
import { EmbeddedJournal } from "./embedded-journal.js";
import type { EventType, JournalEvent } from "./event.js";
import { JOURNAL_FILE, JournalFile } from "./file.js";
import { Neo4jJournal } from "./neo4j-journal.js";

/** Writes what an event means into the store, in the transaction that makes it count. Never reads the clock. */
export type Projector = (tx: WriteTransaction, event: JournalEvent) => Promise<void>;
export type Projectors = Partial<Record<EventType, Projector>>;

export interface JournalOptions {
  readonly store: GraphStore;
  readonly dataDir: string;
  readonly projectors: Projectors;
  /** Epoch ms. */
  readonly now?: () => number;
  readonly log?: Log;
}

export interface Journal {
  /**
   * Decides, records and projects in one. `draft` runs under the store's write lock, may read and write through
   * `tx`, and says what the event is; `undefined` means that there is nothing to do, and a throw changes nothing.
   * When this returns an event, it is durable in the journal and in the store. OperationError where the journal
   * cannot be trusted or written.
   */
  append(
    actor: string,
    draft: (tx: WriteTransaction) => Promise<EventDraft | undefined>,
  ): Promise<JournalEvent | undefined>;
  /** The events in order, from a seq on. */
  events(from?: number): AsyncIterable<JournalEvent>;
  /** The newest projected event; seq 0 and the chain's id where there is none yet. */
  head(): Promise<Head>;
  /** Checks the whole chain; a problem is a result and not an error. */
  verify(): Promise<AuditReport>;
  /** Throws the OperationError that `append` would throw, before work that would end in one. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the journal of a store. Events that a crash left recorded but not projected are projected now (embedded),
 * and the file is topped up from the store (Neo4j). A journal that does not fit its store can be opened, so that
 * `verify` can say what happened to it; it refuses to append.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const file = new JournalFile(join(options.dataDir, JOURNAL_FILE));
  const parts = {
    store: options.store,
    file,
    projectors: options.projectors,
    now: options.now ?? Date.now,
    log: options.log ?? silentLog,
  };
  const journal = options.store.engine === "embedded" ? new EmbeddedJournal(parts) : new Neo4jJournal(parts);
  await journal.open();
  return journal;
}
