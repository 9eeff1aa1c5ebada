import { join } from "node:path";
import type { GraphStore } from "../graph/index.js";
import { InputError } from "../model/index.js";
import { type Head, isSound } from "./chain.js";
import type { JournalEvent } from "./event.js";
import { JOURNAL_FILE, JournalFile } from "./file.js";
import type { Projectors } from "./journal.js";
import { chainIn, chainOf, createChain, lockJournal, projectEvent } from "./projection.js";

const PAGE = 500;

export interface ImportOptions {
  /** An empty store. */
  readonly store: GraphStore;
  /** Its data folder: the journal file is made there, or is the very one that is imported. */
  readonly dataDir: string;
  readonly projectors: Projectors;
  /** The journal to take over, from its first event; it can be read twice. */
  readonly events: () => AsyncIterable<JournalEvent>;
}

/** A journal that is taken over event by event into an empty store, with its hashes as they are. */
export interface JournalImport {
  /** Projects the next event. InputError where the chain breaks. */
  project(event: JournalEvent): Promise<void>;
  /** Writes the journal file of the new store where there is none. Returns where the chain stands. */
  finish(): Promise<Head>;
}

/** Begins the chain of an empty store. InputError when it holds anything, or when another journal lies beside it. */
export async function startImport(options: ImportOptions): Promise<JournalImport> {
  const { store, projectors } = options;
  const file = new JournalFile(join(options.dataDir, JOURNAL_FILE));
  await refuseUsed(store);
  const first = await firstOf(options.events());
  if (first !== undefined) {
    const beside = await firstOf(file.events(1));
    if (beside !== undefined && beside.hash !== first.hash) throw otherJournal(file.path);
    await store.write(async (tx) => {
      await tx.run("MERGE (g:GraphLock {name: 'graph'}) SET g.at = timestamp()");
      await createChain(tx, first.previous);
    });
  }
  return {
    async project(event) {
      if (!isSound(event)) throw broken(event, "its hash does not fit what it says");
      await store.write(async (tx) => {
        await lockJournal(tx);
        const head = (await chainIn(tx))?.head;
        if (event.seq !== (head?.seq ?? 0) + 1 || event.previous !== head?.hash) {
          throw broken(event, `it does not follow event ${head?.seq ?? 0}`);
        }
        await projectEvent(tx, event, projectors, store.engine);
      });
    },
    async finish() {
      if ((await file.tail()).head === undefined) {
        let batch: JournalEvent[] = [];
        for await (const event of options.events()) {
          batch.push(event);
          if (batch.length < PAGE) continue;
          await file.append(batch);
          batch = [];
        }
        await file.append(batch);
      }
      await store.checkpoint();
      return (await chainOf(store))?.head ?? { seq: 0, hash: "" };
    },
  };
}

async function refuseUsed(store: GraphStore): Promise<void> {
  const [entity] = await store.rows("MATCH (n:Entity) RETURN n.key AS key LIMIT 1");
  const chain = await chainOf(store);
  if (entity === undefined && (chain === undefined || chain.head.seq === 0)) {
    if (chain !== undefined) {
      await store.write(async (tx) => await tx.run("MATCH (j:Journal {name: 'journal'}) DELETE j"));
    }
    return;
  }
  throw new InputError({
    what: `The store ${store.location} is not empty.`,
    means: "Nothing was rebuilt: a rebuild into a store that holds something would mix the two.",
    fix: "Name an empty store or folder, or move the old one away.",
  });
}

async function firstOf(events: AsyncIterable<JournalEvent>): Promise<JournalEvent | undefined> {
  for await (const event of events) return event;
  return undefined;
}

function broken(event: JournalEvent, why: string): InputError {
  return new InputError({
    what: `The journal cannot be taken over at event ${event.seq}: ${why}.`,
    means: "The rebuild stopped; the new store is not complete and must not be used.",
    fix: "`exitgraph audit verify` names what was changed. Restore the journal from a backup.",
  });
}

function otherJournal(path: string): InputError {
  return new InputError({
    what: `${path} is the journal of another store.`,
    means: "Nothing was rebuilt.",
    fix: "Name an empty data folder.",
  });
}
