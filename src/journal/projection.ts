import type { GraphStore, Row, WriteTransaction } from "../graph/index.js";
import { OperationError } from "../model/index.js";
import type { Head } from "./chain.js";
import type { JournalEvent } from "./event.js";
import type { Projectors } from "./journal.js";

/** What the store says of the chain: its id, and the newest projected event. */
export interface StoredChain {
  readonly id: string;
  readonly head: Head;
}

const READ = "MATCH (j:Journal {name: 'journal'}) RETURN j.id AS id, j.seq AS seq, j.hash AS hash";

/** Takes the lock under which events are decided: the graph's first, so that all writers lock in one order. */
export async function lockJournal(tx: WriteTransaction): Promise<void> {
  await tx.run("MERGE (g:GraphLock {name: 'graph'}) SET g.at = timestamp()");
  await tx.run("MATCH (j:Journal {name: 'journal'}) SET j.at = timestamp()");
}

export async function chainIn(reader: {
  run(cypher: string): Promise<readonly Row[]>;
}): Promise<StoredChain | undefined> {
  const [row] = await reader.run(READ);
  if (row === undefined) return undefined;
  const { id, seq, hash } = row;
  if (typeof id !== "string" || typeof seq !== "number" || typeof hash !== "string") {
    throw new OperationError({
      what: "The store's Journal node is damaged.",
      fix: "Run `exitgraph rebuild`.",
    });
  }
  return { id, head: { seq, hash } };
}

export async function chainOf(store: GraphStore): Promise<StoredChain | undefined> {
  return await chainIn({ run: (cypher) => store.rows(cypher) });
}

/** Makes the Journal node of an empty store. */
export async function createChain(tx: WriteTransaction, id: string): Promise<void> {
  await tx.run("CREATE (j:Journal {name: 'journal', id: $id, seq: 0, hash: $id})", { id });
}

/** Projects one event and moves the store's head to it; on Neo4j the event itself is kept as well. */
export async function projectEvent(
  tx: WriteTransaction,
  event: JournalEvent,
  projectors: Projectors,
  engine: GraphStore["engine"],
): Promise<void> {
  await projectors[event.type]?.(tx, event);
  const { seq, type, at, actor, salt, payloadHash, previous, hash } = event;
  if (engine === "neo4j") {
    const payload = JSON.stringify(event.payload);
    await tx.run(
      `CREATE (e:Event {seq: $seq, type: $type, at: $at, actor: $actor, salt: $salt, payload: $payload,
         payloadHash: $payloadHash, previous: $previous, hash: $hash})`,
      { seq, type, at, actor, salt, payload, payloadHash, previous, hash },
    );
  }
  await tx.run("MATCH (j:Journal {name: 'journal'}) SET j.seq = $seq, j.hash = $hash", { seq, hash });
}
