import type { GraphStore } from "../graph/index.js";
import { loadReachGraph, type ReachedTarget, whoCanReach } from "../reach/index.js";
import { holdersOf } from "./accounts.js";
import { NodeLookup } from "./nodes.js";
import { personViews } from "./people.js";
import { keysOfPath, reachedView } from "./reached.js";
import { findTarget } from "./search.js";
import type { WhoCanDocument, WhoCanRow } from "./views.js";

/**
 * Who reaches something at `now` (epoch ms): accounts and non-human identities, with the person behind each and one
 * path. `wanted` is the key or a name of a resource, entitlement, role or group.
 * @throws InputError where it names nothing, or several things.
 */
export async function whoCan(
  store: GraphStore,
  wanted: string,
  now: number,
  signal?: AbortSignal,
): Promise<WhoCanDocument> {
  const target = await findTarget(store, wanted, signal);
  const abort = signal === undefined ? {} : { signal };
  const graph = await loadReachGraph(store, abort);
  const reached = whoCanReach(graph, target.key, { now, ...abort });
  return { schemaVersion: 1, target, rows: await whoCanRows(store, reached, now, signal) };
}

/** Who stands at the start of each of these walks, with names; in their order. Reads in batches, not per row. */
export async function whoCanRows(
  store: GraphStore,
  reached: readonly ReachedTarget[],
  now: number,
  signal?: AbortSignal,
): Promise<readonly WhoCanRow[]> {
  const starts = reached.map(({ start }) => start);
  const holders = await holdersOf(store, starts, signal);
  const persons = await personViews(
    store,
    [...holders.values()].flatMap((list) => list.map(({ person }) => person)),
    now,
    signal,
  );
  const nodes = new NodeLookup(store, signal);
  await nodes.load(reached.flatMap(({ start, target: goal, path }) => [start, goal, ...keysOfPath(path)]));
  return reached.map((one) => {
    const holder = holders.get(one.start)?.[0];
    const person = holder === undefined ? undefined : persons.get(holder.person);
    const view = reachedView(one, nodes);
    const identity = nodes.ref(one.start);
    return {
      person: person === undefined ? null : { key: person.key, name: person.name, standing: person.standing },
      identity,
      status: nodes.get(one.start).status,
      target: view.entitlement,
      privilege: view.privilege,
      certainty: one.certainty,
      path: [
        ...(person === undefined
          ? []
          : [
              {
                from: { key: person.key, label: "Person", name: person.name },
                edge: "HAS_ACCOUNT",
                to: identity,
              },
            ]),
        ...view.path,
      ],
    };
  });
}
