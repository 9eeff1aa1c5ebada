import type { GraphStore, Row } from "../../src/graph/index.js";
import { openStore } from "../../src/graph/index.js";
import { ExitgraphError, messageOf } from "../../src/model/index.js";
import type { Answer, Command } from "./storeProcess.js";

/** A process of its own over one embedded store, told by messages what to do. */
let store: GraphStore | undefined;
const held = new Map<string, () => void>();

async function perform(command: Command): Promise<readonly Row[]> {
  if (command.op === "open") {
    store = await openStore({ store: { engine: "embedded" }, dataDir: command.dataDir });
    return [];
  }
  if (store === undefined) throw new Error("open it first");
  switch (command.op) {
    case "rows":
      return await store.rows(command.cypher, command.params ?? {});
    case "write":
      return await store.write(async (tx) => await tx.run(command.cypher, command.params ?? {}));
    case "hold": {
      // Answers when the statement has run, and keeps the transaction open until it is released.
      const opened = store;
      return await new Promise<readonly Row[]>((resolve, reject) => {
        const whole = opened.write(async (tx) => {
          resolve(await tx.run(command.cypher));
          await new Promise<void>((release) => held.set(command.name, release));
        });
        outcomes.set(command.name, whole);
        whole.catch(reject);
      });
    }
    case "release":
      held.get(command.name)?.();
      await outcomes.get(command.name);
      return [];
    case "close":
      await store.close();
      return [];
  }
}
const outcomes = new Map<string, Promise<void>>();

process.on("message", (command: Command) => {
  void perform(command)
    .then((rows): Answer => ({ id: command.id, rows }))
    .catch((error: unknown): Answer => {
      const kind = error instanceof ExitgraphError ? error.constructor.name : "Error";
      return { id: command.id, error: { kind, message: messageOf(error) } };
    })
    .then((answer) => process.send?.(answer));
});
process.send?.({ id: 0, rows: [] } satisfies Answer);
