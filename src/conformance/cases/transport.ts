import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, OperationError } from "../../model/index.js";
import type { Bench } from "../bench.js";
import { forAllLists, forEachList, mustBeMet, mustBeWhole, Problems } from "../problems.js";
import type { RigList } from "../rig.js";
import { filesBelow } from "../sweep.js";
import { applyCutOff } from "./apply.js";

/** Calls of one list that are throttled one after the other. */
const TIMES = 2;
/** How long a read may take to notice that it was cancelled. */
const ABORT_LIMIT_MS = 1_000;
/** How long a call may take to reach the server. */
const REACH_LIMIT_MS = 30_000;

/** Whatever form the system's "not now" has, it is waited out as it says, and nothing is missing afterwards. */
export async function throttled(bench: Bench): Promise<void> {
  const { rig } = bench;
  if (rig.waits.length === 0)
    throw new Error("the rig names no form of waiting: name the case in notApplicable");
  const baseline = await bench.baseline();
  for (const wait of rig.waits) {
    const those = rig.lists.filter(({ name }) => wait.lists?.includes(name) ?? true);
    await forAllLists(bench, those, async (lists, problems) => {
      for (const { name } of lists)
        await rig.arrange({ kind: "throttled", list: name, wait: wait.name, times: TIMES });
      const read = await bench.read();
      const times = TIMES * lists.length;
      mustBeMet(bench, problems, times);
      mustBeWhole(read, baseline, problems);
      const long = read.waits.filter((ms) => ms >= wait.leastMs);
      if (long.length < times)
        problems.add(
          `${wait.name}: ${times} waits of ${wait.leastMs} ms or more were asked for (${wait.documentation}), and ${long.length} were made: ${read.waits.join(", ")}`,
        );
    });
  }
}

/** A connection that breaks in the middle of a page costs a call and no object. */
export async function cut(bench: Bench): Promise<void> {
  const baseline = await bench.baseline();
  await forAllLists(bench, bench.rig.lists, async (lists, problems) => {
    for (const { name } of lists) await bench.rig.arrange({ kind: "cut", list: name });
    mustBeWhole(await bench.read(), baseline, problems);
    mustBeMet(bench, problems, lists.length);
  });
}

/**
 * A read that is cancelled ends at once and leaves nothing: no snapshot, no recording. An apply of one that is cancelled
 * leaves nothing that counts.
 */
export async function aborted(bench: Bench): Promise<void> {
  const problems = new Problems();
  await problems.within("apply", (part) => applyCutOff(bench, part));
  await problems.within("read", () => abortReads(bench));
  problems.end();
}

async function abortReads(bench: Bench): Promise<void> {
  // What is read one by one asks what the graph knows.
  await bench.apply(await bench.baseline());
  const snapshots = await pathsBelow(join(bench.dataDir, "snapshots"));
  await forEachList(bench, bench.rig.lists, async (list, problems) => {
    const record = join(bench.dir, "aborted");
    await mkdir(record, { recursive: true });
    await abortIn(bench, list, record, problems);
    const left = [
      ...(await pathsBelow(record)),
      ...(await pathsBelow(join(bench.dataDir, "snapshots"))).filter((path) => !snapshots.includes(path)),
    ];
    if (left.length > 0) problems.add(`it left ${left.join(", ")}`);
  });
}

async function abortIn(bench: Bench, list: RigList, record: string, problems: Problems): Promise<void> {
  await bench.rig.arrange({ kind: "silent", list: list.name });
  const controller = new AbortController();
  const reading = bench.read({ signal: controller.signal, record }).then(
    () => "it was read to its end",
    (error: unknown) => error,
  );
  const waited = await within(Promise.race([reading, bench.rig.reached(list.name)]), REACH_LIMIT_MS);
  if (waited === "late") problems.add("no call of it reached the system");
  const asked = performance.now();
  controller.abort();
  const outcome = await reading;
  const took = Math.round(performance.now() - asked);
  if (waited !== "late" && waited !== undefined)
    problems.add(`it did not wait for an answer: ${messageOf(outcome)}`);
  else if (!(outcome instanceof OperationError)) problems.add(`it ended otherwise: ${messageOf(outcome)}`);
  if (took > ABORT_LIMIT_MS) problems.add(`it took ${took} ms to stop`);
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const pathsBelow = async (folder: string) => (await filesBelow(folder)).map(({ path }) => path);
