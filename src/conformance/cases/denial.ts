import type { Bench, Read } from "../bench.js";
import { differences, type GraphPicture, lostBetween, pictureOf, turnedOffBetween } from "../graph.js";
import { forEachList, mustBeMet, Problems } from "../problems.js";
import type { RigList } from "../rig.js";

const mayBeDenied = (bench: Bench) => bench.rig.lists.filter(({ permission }) => permission !== undefined);

/** Access denied is a failure that names the permission, and never an empty list: nothing goes because of it. */
export async function denied(bench: Bench): Promise<void> {
  mustCoverEverything(bench);
  await bench.apply(await bench.baseline());
  const whole = await pictureOf(await bench.store());
  await forEachList(bench, mayBeDenied(bench), (list, problems) =>
    deny(bench, list, undefined, whole, problems),
  );
}

/** A list that the rig forgets is never denied: every stream and every permission has one. */
function mustCoverEverything({ collector, rig }: Bench): void {
  const problems = new Problems();
  for (const { name } of collector.streams)
    if (!rig.lists.some(({ stream }) => stream === name)) problems.add(`the rig names no list of ${name}`);
  for (const { name } of collector.permissions)
    if (!rig.lists.some(({ permission }) => permission === name))
      problems.add(`the rig names no list that needs ${name}`);
  problems.end();
}

/** One partition of several fails alone; the others are complete. */
export async function deniedInOne(bench: Bench): Promise<void> {
  if (bench.rig.partitions.length < 2)
    throw new Error("the system has one partition: name the case in notApplicable, and say why");
  await bench.apply(await bench.baseline());
  const whole = await pictureOf(await bench.store());
  const lists = mayBeDenied(bench).filter(({ perPartition }) => perPartition);
  await forEachList(bench, lists, (list, problems) =>
    deny(bench, list, (list.partitions ?? bench.rig.partitions).at(-1), whole, problems),
  );
}

async function deny(
  bench: Bench,
  list: RigList,
  partition: string | undefined,
  whole: GraphPicture,
  problems: Problems,
): Promise<void> {
  const store = await bench.store();
  await bench.rig.arrange({
    kind: "denied",
    list: list.name,
    ...(partition === undefined ? {} : { partition }),
  });
  const read = await bench.read();
  mustBeMet(bench, problems);
  const suffering = partition === undefined ? (list.partitions ?? bench.rig.partitions) : [partition];
  mustFailAlone(bench, list, suffering, read, problems);
  const report = await bench.apply(read);
  for (const { stream, partition: at, removed, missing, state } of report.partitions) {
    if (removed + missing > 0)
      problems.add(`${stream} of ${at}: ${removed + missing} records were taken away`);
    // A stream that goes on without a list asked for less: then it is narrowed, and proves no absence.
    const narrower = list.whenDenied === "none" && stream === list.stream && suffering.includes(at);
    if (state !== "applied" && !(narrower && state === "narrowed"))
      problems.add(`${stream} of ${at} is ${state}`);
  }
  const after = await pictureOf(store);
  const [lost] = lostBetween(whole, after);
  if (lost !== undefined) problems.add(`the graph lost ${lost}`);
  const [off] = turnedOffBetween(whole, after);
  if (off !== undefined) problems.add(`nobody turned anything off, and in the graph ${off}`);
  await bench.rig.reset();
  await bench.apply(await bench.read());
  const [differs] = differences(whole, await pictureOf(store));
  if (differs !== undefined) problems.add(`once it is allowed again, the graph is another one: ${differs}`);
}

/** The list's stream is as the rig says, with the permission in its reason; what does not rest on it is complete. */
function mustFailAlone(
  bench: Bench,
  list: RigList,
  suffering: readonly string[],
  { manifest }: Read,
  problems: Problems,
): void {
  const permission = list.permission ?? "";
  if (!bench.collector.permissions.some(({ name }) => name === permission))
    problems.add(`the collector's permissions do not hold ${permission}`);
  const unread = (manifest.notRead ?? []).map((one) => ({ ...one, verdict: "failed" as const, notes: [] }));
  for (const partition of bench.rig.partitions) {
    for (const { name: stream, optional } of bench.collector.streams) {
      const where = `${stream} of ${partition}`;
      const found = [...manifest.partitions, ...unread].find(
        (read) => read.stream === stream && read.partition === partition,
      );
      const verdict = found?.verdict ?? "missing";
      const reason = found?.reason ?? "";
      const hit = suffering.includes(partition);
      if (hit && stream === list.stream) {
        const expected = list.whenDenied === "none" ? (optional ? "failed" : "complete") : list.whenDenied;
        if (verdict !== expected) problems.add(`${where} is ${verdict}, and not ${expected}: ${reason}`);
        if (![reason, ...(found?.notes ?? [])].some((text) => text.includes(permission)))
          problems.add(`${where} does not name the permission ${permission}: ${reason}`);
      } else if (verdict !== "complete" && !(hit && (list.takesAlong ?? []).includes(stream)))
        problems.add(`${where} is ${verdict} too: ${reason}`);
    }
  }
}
