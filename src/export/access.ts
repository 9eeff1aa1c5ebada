import type { GraphStore } from "../graph/index.js";
import { OperationError } from "../model/index.js";
import { type ReachedTarget, walkFew } from "../reach/index.js";
import { ACCOUNT_QUERIES, accountViews, linkOf } from "./accounts.js";
import { keyed } from "./cells.js";
import { NodeLookup } from "./nodes.js";
import { personViews } from "./people.js";
import { byTarget, keysOfPath, reachedView } from "./reached.js";
import type { AccessDocument, ReachedView } from "./views.js";

/** A person, the accounts and everything that they reach at `now` (epoch ms), with one path each. */
export async function accessOf(
  store: GraphStore,
  personKey: string,
  now: number,
  signal?: AbortSignal,
): Promise<AccessDocument> {
  const person = (await personViews(store, [personKey], now, signal)).get(personKey);
  if (person === undefined) {
    throw new OperationError({
      what: `The graph no longer holds the person ${personKey}.`,
      fix: "Ask again.",
    });
  }
  const held = await store.rows(ACCOUNT_QUERIES.ofPerson, { person: personKey }, signal);
  const links = new Map(keyed(held).map(([key, row]) => [key, linkOf(row)]));
  const keys = [...links.keys()].sort();
  const { accounts, credentials } = await accountViews(store, keys, signal);
  const reached = byTarget(await walkFew(store, keys, { now, ...(signal === undefined ? {} : { signal }) }));
  const views = await reachedViews(store, reached, signal);
  return {
    schemaVersion: 1,
    person,
    accounts: keys.flatMap((key) => {
      const account = accounts.get(key);
      if (account === undefined) return [];
      return {
        account,
        link: links.get(key) ?? { rule: null, confidence: null },
        credentials: credentials.get(key) ?? [],
        reached: views.get(key) ?? [],
      };
    }),
  };
}

/** What walks found, by start, in the order of the walks. */
async function reachedViews(
  store: GraphStore,
  reached: readonly ReachedTarget[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, readonly ReachedView[]>> {
  const nodes = new NodeLookup(store, signal);
  await nodes.load(reached.flatMap(({ target, path }) => [target, ...keysOfPath(path)]));
  const views = new Map<string, ReachedView[]>();
  for (const one of reached) {
    const list = views.get(one.start) ?? [];
    views.set(one.start, list);
    list.push(reachedView(one, nodes));
  }
  return views;
}
