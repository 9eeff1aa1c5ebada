import { z } from "zod";
import type { Session } from "./client.js";
import { POOLS } from "./memo.js";
import {
  encodePath,
  type Io,
  iamPages,
  idOf,
  once,
  placeOf,
  projectOf,
  type Read,
  someOf,
  trimmed,
} from "./reading.js";
import { poolShape, providerShape } from "./shapes.js";
import { areAccountPoliciesWhole, arePoliciesWhole, WITHOUT_POLICIES_POOLS } from "./whole.js";

const poolsPage = z.object({ workloadIdentityPools: z.array(z.unknown()).default([]) });
const providersPage = z.object({ workloadIdentityPoolProviders: z.array(z.unknown()).default([]) });

/** The project's pools, and the providers of pools elsewhere that its policies name. */
export const readPools: Read = async function* (session, partition, io) {
  io.scope(POOLS);
  const place = placeOf(session, partition);
  if ("kind" in place && place.kind === "gone") return;
  const project = projectOf(session, partition);
  if (project !== undefined) {
    const path = `${idOf(project)}/locations/global/workloadIdentityPools`;
    const pages = iamPages(session, io, "iam.workloadIdentityPools.list", path, {
      pageSize: "100",
      showDeleted: "true",
    });
    const pools: z.infer<typeof poolShape>[] = [];
    for await (const { answer } of pages) {
      for (const item of poolsPage.parse(answer).workloadIdentityPools) {
        const pool = poolShape.safeParse(item);
        if (pool.success) pools.push(pool.data);
        else io.partial("a workload identity pool was not understood");
      }
    }
    yield* someOf(pools, "providers of workload identity pools", io, async (pool) => ({
      partition: partition.id,
      pool,
      // A pool that is deleted lists none.
      providers: pool.state === "DELETED" ? [] : await providersOf(session, pool.name, io),
    }));
  }
  const isRead = io.memo.policiesRead && arePoliciesWhole(io.memo);
  const areRead = project === undefined || (io.memo.accountPoliciesRead && areAccountPoliciesWhole(io.memo));
  if (!isRead || !areRead) yield { partition: partition.id, lacks: WITHOUT_POLICIES_POOLS };
  const others = [...io.memo.federated.keys()].filter((name) => {
    const [, number = ""] = name.split("/");
    if (`projects/${number}` === partition.id) return false;
    const found = session.hierarchy.projects.get(number);
    // Those of projects that are not read stay references. One that was read before may still let its identities in.
    const wasRead = found?.kind === "undecided" || io.known.partitions.includes(`projects/${number}`);
    if (wasRead && found?.kind !== "there" && found?.kind !== "gone")
      io.partial(`the project ${number}, of whose pools policies name principals, was not read this time`);
    return found?.kind === "there";
  });
  yield* someOf(others, "providers of workload identity pools of other projects", io, async (name) => ({
    partition: partition.id,
    ...(await once(session, name, () => poolElsewhere(session, name, io))),
  }));
};

async function poolElsewhere(session: Session, name: string, io: Io): Promise<object> {
  const pool = await io.call("iam.workloadIdentityPools.get", async (signal) =>
    poolShape.parse(await session.iam("iam.workloadIdentityPools.get", { path: encodePath(name), signal })),
  );
  return { elsewhere: pool, providers: pool.state === "DELETED" ? [] : await providersOf(session, name, io) };
}

async function providersOf(session: Session, pool: string, io: Io): Promise<readonly unknown[]> {
  const providers: unknown[] = [];
  const path = `${encodePath(pool)}/providers`;
  const query = { pageSize: "100" };
  for await (const { answer } of iamPages(
    session,
    io,
    "iam.workloadIdentityPoolProviders.list",
    path,
    query,
  )) {
    for (const item of providersPage.parse(answer).workloadIdentityPoolProviders)
      providers.push(trimmed(providerShape, item));
  }
  return providers;
}
