/**
 * Ingest, as ratios:
 *
 * - an unchanged snapshot of 100,000 records in another order, against decompressing it and hashing each line: at
 *   most 5, and no graph write but markers (and lease, lock and journal);
 * - 1 % of the records changed: what that costs beyond the unchanged read, against the first load of all;
 * - peak resident memory for 1,000,000 records with a store that discards, loaded and read again: below 700 MB.
 *
 * Run: node --import ./test/child/register.mjs bench/ingest.ts
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GraphStore, openStore, type Row, type WriteTransaction } from "../src/graph/index.js";
import { ingestProjectors, ingestSnapshot } from "../src/ingest/index.js";
import { type Journal, openJournal } from "../src/journal/index.js";
import { type GraphRecord, recordHash } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";

const RECORDS = 100_000;
const MANY = 1_000_000;
const CHURN = 0.01;
const ROUNDS = 5;
const T0 = Date.UTC(2026, 0, 1);

/** Four accounts and six memberships of ten records; `step` walks them in another order. */
function recordAt(index: number, changed: boolean): GraphRecord {
  const user = `s/user/AIDA${String(index).padStart(17, "0")}`;
  if (index % 10 < 4) {
    return {
      kind: "node",
      key: user,
      label: "Account",
      provider: "AwsUser",
      aliases: [`arn:aws:iam::123456789012:user/division/user${index}`],
      props: {
        name: `user${index}`,
        username: `user${index}`,
        status: changed ? "disabled" : "enabled",
        createdAt: T0 - index,
        lastLoginAt: T0 - (index % 1_000) * 60_000,
        mfa: index % 3 === 0,
        path: "/division/",
      },
    };
  }
  const member = `s/user/AIDA${String(index - (index % 10) + (index % 4)).padStart(17, "0")}`;
  const group = `s/group/AGPA${String(index % 997).padStart(17, "0")}`;
  const assignment = changed ? "eligible" : "active";
  return { kind: "edge", type: "MEMBER_OF", from: member, to: group, props: { assignment } };
}

async function snapshot(
  snapshots: SnapshotFolder,
  options: { count: number; at: number; step: number; changed: (index: number) => boolean },
): Promise<string> {
  const writer = snapshots.begin({
    source: "s",
    system: "bench",
    collectorVersion: "1",
    startedAt: options.at,
  });
  for (let i = 0; i < options.count; i++) {
    const index = (i * options.step) % options.count;
    await writer.write("a", "1", recordAt(index, options.changed(index)));
  }
  const read = { stream: "a", partition: "1", verdict: "complete", dataTime: options.at } as const;
  const manifest = await writer.finish([{ ...read, counts: {}, scope: [], calls: 0, errors: 0 }], options.at);
  return manifest.id;
}

const guard = { removals: { percent: 100 }, newlyLeft: { percent: 100 } };

/** Counts statements that write to entities or Changes. */
function counting(inner: GraphStore): GraphStore & { graphWrites: number } {
  const counted = {
    graphWrites: 0,
    engine: inner.engine,
    location: inner.location,
    read: inner.read.bind(inner),
    rows: inner.rows.bind(inner),
    checkpoint: inner.checkpoint.bind(inner),
    close: inner.close.bind(inner),
    async write<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
      return await inner.write((tx) =>
        work({
          run: (cypher, params) => {
            if (/Entity|Change/.test(cypher) && /CREATE|SET|MERGE|DELETE/.test(cypher))
              counted.graphWrites += 1;
            return tx.run(cypher, params);
          },
        }),
      );
    },
  };
  return counted;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function speed(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "exitgraph-bench-"));
  const store = counting(await openStore({ store: { engine: "embedded" }, dataDir }));
  try {
    const snapshots = new SnapshotFolder(join(dataDir, "snapshots"));
    const journal = await openJournal({ store, dataDir, projectors: ingestProjectors });
    const ingest = (id: string) =>
      ingestSnapshot({ store, snapshots, journal, dataDir, snapshot: id, rankOf: () => 0, guard });
    let at = T0;
    const next = (step: number, changed: (index: number) => boolean) => {
      at += 60_000;
      return snapshot(snapshots, { count: RECORDS, at, step, changed });
    };

    const first = await next(1, () => false);
    const load = await timed(() => ingest(first));

    const unchanged: number[] = [];
    const floors: number[] = [];
    const writesBefore = store.graphWrites;
    for (let round = 0; round < ROUNDS; round++) {
      const id = await next([7_919, 104_729, 1_299_709, 15_485_863, 3][round] ?? 3, () => false);
      unchanged.push(await timed(() => ingest(id)));
      floors.push(
        await timed(async () => {
          for await (const lines of snapshots.lines(id, "a")) for (const line of lines) recordHash(line);
        }),
      );
    }
    const graphWrites = store.graphWrites - writesBefore;
    const ratio = median(unchanged) / median(floors);
    print(
      `unchanged ${RECORDS} records in another order`,
      `${ratio.toFixed(2)} times decompressing and hashing (at most 5)`,
    );
    print("graph writes while nothing changed", `${graphWrites} (0)`);

    const churned: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      // Each round changes another hundredth, and takes the last one's change back.
      const every = Math.round(1 / CHURN) * 2;
      const id = await next(1, (index) => index % every === round);
      churned.push(await timed(() => ingest(id)));
    }
    const extra = Math.max(0, median(churned.slice(1)) - median(unchanged));
    print(
      `${CHURN * 100} % churn`,
      `${((extra / load) * 100).toFixed(1)} % of the first load beyond an unchanged read, ${(median(churned.slice(1)) / median(unchanged)).toFixed(2)} times it`,
    );
  } finally {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Answers what an ingest must know, and forgets what it writes. */
function discarding(): { store: GraphStore; journal: Journal } {
  let markers: readonly Row[] = [];
  const answer = (cypher: string): readonly Row[] => {
    if (cypher.includes(":Lease")) return [{ token: "ours" }];
    if (cypher.includes("RETURN m.source AS source")) return markers;
    return [];
  };
  const store: GraphStore = {
    engine: "embedded",
    location: "nowhere",
    async *read(cypher) {
      yield answer(cypher);
    },
    rows: (cypher) => Promise.resolve(answer(cypher)),
    write: (work) => work({ run: (cypher) => Promise.resolve(answer(cypher)) }),
    checkpoint: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const journal: Journal = {
    async append(_actor, draft) {
      const drafted = await draft({ run: (cypher) => Promise.resolve(answer(cypher)) });
      // The marker that the event would leave, so that the second read has a baseline.
      const text = JSON.stringify(drafted?.payload ?? {});
      const baseline = /"baseline":"([0-9a-f]+)"/.exec(text)?.[1] ?? "";
      const read = /"snapshot":"([^"]+)"/.exec(text)?.[1] ?? "";
      markers = [
        {
          ...{
            source: "s",
            stream: "a",
            partition: "1",
            system: "bench",
            read,
            readAt: T0,
            verdict: "complete",
          },
          ...{
            state: "applied",
            reason: null,
            scope: [],
            completeRead: read,
            completeAt: T0,
            firstRead: read,
          },
          ...{ firstReadAt: T0, baseline, intent: null, counts: JSON.stringify({ all: MANY }) },
        },
      ];
      return undefined;
    },
    async *events() {},
    head: () => Promise.resolve({ seq: 0, hash: "" }),
    verify: () => Promise.resolve({ ok: true, events: 0, head: { seq: 0, hash: "" }, problem: null }),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { store, journal };
}

/** In a process of its own, so that the peak is that of ingest alone. */
async function ingestMany(dataDir: string, ids: readonly string[]): Promise<void> {
  const { store, journal } = discarding();
  const snapshots = new SnapshotFolder(join(dataDir, "snapshots"));
  for (const id of ids) {
    const { partitions } = await ingestSnapshot({
      ...{ store, snapshots, journal, dataDir, snapshot: id, rankOf: () => 0, guard },
    });
    const { added, unchanged } = partitions[0] ?? {};
    print(`  ${MANY} records`, `${added} added, ${unchanged} unchanged`);
  }
  const peak = process.resourceUsage().maxRSS / 1024;
  print("peak resident memory", `${peak.toFixed(0)} MB, ${(peak / 700).toFixed(2)} of the limit of 700 MB`);
}

async function memory(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "exitgraph-bench-"));
  try {
    const snapshots = new SnapshotFolder(join(dataDir, "snapshots"));
    const same = { count: MANY, changed: () => false };
    const ids = [
      await snapshot(snapshots, { ...same, at: T0, step: 1 }),
      await snapshot(snapshots, { ...same, at: T0 + 60_000, step: 7_919 }),
    ];
    const words = ["--import", "./test/child/register.mjs", fileURLToPath(import.meta.url), dataDir, ...ids];
    process.stdout.write(execFileSync(process.execPath, words, { encoding: "utf8" }));
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function print(what: string, value: string): void {
  console.log(`${what.padEnd(48)} ${value}`);
}

const [dataDir, ...ids] = process.argv.slice(2);
if (dataDir === undefined) {
  await speed();
  await memory();
} else {
  await ingestMany(dataDir, ids);
}
