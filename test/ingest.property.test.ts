import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { type GraphStore, openStore } from "../src/graph/index.js";
import { INVARIANT_IDS, readMarkers, verifyInvariants } from "../src/ingest/index.js";
import { type Manifest, SnapshotFolder } from "../src/snapshot/index.js";
import { clearStore } from "./differential.js";
import { describeWith, sharedNeo4j } from "./servers/index.js";
import { historyArb, type Step } from "./support/ingest-arbitraries.js";
import { Oracle } from "./support/ingest-oracle.js";
import {
  Crash,
  CrashingStore,
  GLOBAL_IDS,
  type GraphImage,
  LOOSE,
  type ProjectResult,
  reversedRank,
  snapshotOf,
  streamRank,
  T0,
  TestProject,
} from "./support/ingest-worlds.js";

const root = mkdtempSync(join(tmpdir(), "exitgraph-property-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
const folder = () => join(root, String(folders++));

interface Planned {
  readonly step: Step;
  readonly manifest: Manifest;
}

async function plan(history: readonly Step[], snapshots: SnapshotFolder): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (const [at, step] of history.entries()) {
    const manifest = await snapshotOf(snapshots, step.source, T0 + at * 3_600_000, step.reads);
    planned.push({ step, manifest });
  }
  return planned;
}

/** A snapshot that took effect, and the ranks that its streams got: those of the version that completed it. */
interface Effect {
  readonly one: Planned;
  rankOf: typeof streamRank;
  /** It was begun by a version that ranks streams otherwise than the one that completed it. */
  mixed: boolean;
}

const rankOf = ({ step }: Planned) => (step.reversed ? reversedRank : streamRank);

/** Ingests everything in order, with crashes, and finishes what they cut off. Says which snapshots took effect. */
async function runWithCrashes(
  store: GraphStore,
  planned: readonly Planned[],
  snapshots: SnapshotFolder,
): Promise<{ readonly result: ProjectResult; readonly effective: readonly Effect[] }> {
  const dataDir = folder();
  const effective: Effect[] = [];
  const cutOff = new Set<Effect>();
  const open = () => TestProject.open(store, dataDir, LOOSE, snapshots);
  const isOpen = async ({ step, manifest }: Planned) =>
    (await readMarkers(store, step.source)).some(({ intent }) => intent === manifest.id);
  const completedBy = async (by: Planned) => {
    for (const effect of cutOff) {
      if (await isOpen(effect.one)) continue;
      effect.mixed = effect.rankOf !== rankOf(by);
      effect.rankOf = rankOf(by);
      cutOff.delete(effect);
    }
  };
  for (const one of planned) {
    const { crash, forget } = one.step;
    const how = { accept: true, rankOf: rankOf(one) };
    if (forget) rmSync(join(dataDir, "baseline"), { recursive: true, force: true });
    if (crash === undefined) {
      await (await open()).ingest(one.manifest, how);
      await completedBy(one);
      effective.push({ one, rankOf: rankOf(one), mixed: false });
      continue;
    }
    const crashing = new CrashingStore(store);
    const project = await TestProject.open(crashing, dataDir, LOOSE, snapshots);
    crashing.crashAt(crash.write, crash.committed);
    await project.ingest(one.manifest, how).catch((error: unknown) => {
      if (!isCrash(error)) throw error;
    });
    // The dead process's lease runs out; the test does not wait for it.
    await store.write(async (tx) => await tx.run("MATCH (l:Lease) DELETE l"));
    const reopened = await open();
    if (crash.retry) await reopened.ingest(one.manifest, how);
    await completedBy(one);
    const markers = await readMarkers(store, one.step.source);
    const left = markers.some(({ read, intent }) => [read, intent].includes(one.manifest.id));
    if (!left) continue;
    const effect = { one, rankOf: rankOf(one), mixed: false };
    effective.push(effect);
    if (await isOpen(one)) cutOff.add(effect);
  }
  const project = await open();
  for (const one of planned) {
    if (await isOpen(one)) await project.ingest(one.manifest, { accept: true, rankOf: rankOf(one) });
  }
  return { result: await project.result(), effective };
}

function isCrash(error: unknown): boolean {
  return error instanceof Crash || (error instanceof Error && isCrash(error.cause));
}

async function runStraight(
  store: GraphStore,
  effective: readonly Effect[],
  snapshots: SnapshotFolder,
): Promise<ProjectResult> {
  const project = await TestProject.open(store, folder(), LOOSE, snapshots);
  const oracle = new Oracle();
  for (const { one, rankOf } of effective) {
    await project.ingest(one.manifest, { accept: true, rankOf });
    oracle.read(one.step.source, one.step.reads, rankOf);
    await expectInvariants(store, oracle);
  }
  return await project.result();
}

/** After each apply the markers know every violation there is, by whose records violate it, and nobody else's. */
async function expectInvariants(store: GraphStore, oracle: Oracle): Promise<void> {
  const expected = oracle.violations();
  const counted = (records: readonly string[]) => ({
    count: records.length,
    samples: records.toSorted().slice(0, 3),
  });
  const byPart: Record<string, unknown> = {};
  for (const part of new Set(expected.flatMap(({ parts }) => parts))) {
    byPart[part] = INVARIANT_IDS.flatMap((invariant) => {
      const own = expected.filter((one) => one.invariant === invariant && one.parts.includes(part));
      return own.length === 0 ? [] : [{ invariant, ...counted(own.map(({ record }) => record)) }];
    });
  }
  const marked: Record<string, unknown> = {};
  for (const { source, stream, partition, verdict, violated } of await readMarkers(store)) {
    if (violated === null) continue;
    expect(verdict).not.toBe("complete");
    marked[`${source}|${stream}|${partition}`] = violated.violations;
  }
  expect(marked).toEqual(byPart);
  const { invariants, unfinished } = await verifyInvariants(store, GLOBAL_IDS);
  expect(unfinished).toEqual([]);
  expect(invariants.map(({ invariant, count, samples }) => ({ invariant, count, samples }))).toEqual(
    INVARIANT_IDS.map((invariant) => {
      const all = expected.filter((one) => one.invariant === invariant);
      return { invariant, ...counted(all.map(({ record }) => record)) };
    }),
  );
}

/** Without what the oracle does not work out. */
function comparable(image: GraphImage): unknown {
  return without(image, new Set(["claims", "missingAt", "missingRead"]));
}

function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([name]) => !names.has(name));
  return Object.fromEntries(kept.map(([name, inner]): [string, unknown] => [name, without(inner, names)]));
}

async function holds(stores: () => Promise<GraphStore>, history: readonly Step[]): Promise<void> {
  const snapshots = new SnapshotFolder(folder());
  const planned = await plan(history, snapshots);
  const crashed = await stores();
  const { result, effective } = await runWithCrashes(crashed, planned, snapshots);
  await crashed.close();
  const oracle = new Oracle();
  for (const { one, rankOf } of effective) oracle.read(one.step.source, one.step.reads, rankOf);
  expect(comparable(result.image)).toEqual(oracle.image());

  const straight = await stores();
  const again = await runStraight(straight, effective, snapshots);
  await straight.close();
  expect(result.image).toEqual(again.image);
  expect(result.markers).toEqual(again.markers);
  // Where another source was read before a crashed ingest was completed, history took another way to the same graph.
  if (!isSerial(history)) return;
  if (effective.some(({ mixed }) => mixed))
    expect(unattributed(result.changes)).toEqual(unattributed(again.changes));
  else expect(result.changes).toEqual(again.changes);
  expect(result.events).toEqual(again.events);
}

/**
 * Without which of several streams and partitions that speak of a record turned it, and what that one saw before: where
 * ranks changed in the middle of an apply, another one may have.
 */
function unattributed(changes: ProjectResult["changes"]): readonly string[] {
  const names = new Set(["id", "stream", "partition", "previousRead", "previousReadAt"]);
  return changes.map((change) => JSON.stringify(without(change, names))).sort();
}

/** True where each crashed ingest was completed before another source was read. */
function isSerial(history: readonly Step[]): boolean {
  return history.every(({ crash, source }, at) => {
    return crash === undefined || crash.retry || (history[at + 1]?.source ?? source) === source;
  });
}

/** A failure says what failed, however far it could be simplified by then: a test that times out says nothing. */
const SHRINK_NO_LONGER = { interruptAfterTimeLimit: 240_000 };

describe("embedded", () => {
  test("any history equals what was last read completely, overlaid by what was read since", async () => {
    const stores = () =>
      openStore({ store: { engine: "embedded" }, dataDir: folder(), shuffleUnordered: true });
    await fc.assert(
      fc.asyncProperty(historyArb, (history) => holds(stores, history)),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 25), ...SHRINK_NO_LONGER },
    );
  }, 300_000);
});

describeWith(["neo4j"], "Neo4j", () => {
  test("any history equals what was last read completely, overlaid by what was read since", async () => {
    const stores = async () => {
      const store = await openStore({ store: { engine: "neo4j", ...sharedNeo4j() }, dataDir: folder() });
      await clearStore(store);
      return store;
    };
    await fc.assert(
      fc.asyncProperty(historyArb, (history) => holds(stores, history)),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 8), ...SHRINK_NO_LONGER },
    );
  }, 300_000);
});
