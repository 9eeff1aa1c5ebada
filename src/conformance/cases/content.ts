import { join } from "node:path";
import type { Bench, Read } from "../bench.js";
import { differences, lostBetween, pictureOf, turnedOffBetween } from "../graph.js";
import { forEachList, mustBeMet, Problems } from "../problems.js";
import type { RigList } from "../rig.js";

/** What nobody lists is kept, with what refers to it, and goes when nothing refers to it any more. */
export async function stranger(bench: Bench): Promise<void> {
  const problems = new Problems();
  const store = await bench.store();
  await bench.apply(await bench.baseline());
  const before = await pictureOf(store);
  await bench.rig.arrange({ kind: "stranger" });
  const read = await bench.read();
  mustBeComplete(read, problems);
  await bench.apply(read);
  const with_ = await pictureOf(store);
  const strangers = [...with_.entities].flatMap(([key, { unresolved }]) =>
    unresolved && !before.entities.has(key) ? [key] : [],
  );
  if (strangers.length === 0) problems.add("no new Unresolved stands in the graph");
  for (const key of strangers) {
    if (![...with_.edges.keys()].some((id) => id.split("|").includes(key)))
      problems.add(`nothing refers to ${key}`);
  }
  await bench.rig.reset();
  await bench.apply(await bench.read());
  const after = await pictureOf(store);
  for (const key of strangers)
    if (after.entities.has(key)) problems.add(`${key} stays when nothing refers to it`);
  problems.end();
}

/** Fewer objects than the system itself counts are a partial read, which takes nothing away: not what rests on them either. */
export async function shortfall(bench: Bench): Promise<void> {
  const counted = bench.rig.lists.filter((list) => list.counted === true);
  await takesNothingAway(bench, counted, "shortfall", (list, read, problems) => {
    const short = read.manifest.partitions.filter(
      ({ stream, counts, totals = {} }) =>
        stream === list.stream && Object.entries(totals).some(([type, total]) => (counts[type] ?? 0) < total),
    );
    const said = read.manifest.partitions.filter(
      ({ stream, verdict, reason = "" }) =>
        stream === list.stream && verdict === "partial" && /\d/.test(reason ?? ""),
    );
    if (short.length === 0 && said.length === 0)
      problems.add(`no total of ${list.stream} is above what was read`);
    if (said.length === 0) problems.add(`no reason of ${list.stream} gives the numbers`);
  });
}

/** An object that cannot be read is somewhere: its list is not whole, and what rests on the list proves nothing. */
export async function mangled(bench: Bench): Promise<void> {
  const lists = bench.rig.lists.filter(({ unmangled }) => unmangled === undefined);
  await takesNothingAway(bench, lists, "mangled", (list, read, problems) => {
    const reads = [...read.manifest.partitions, ...(read.manifest.notRead ?? [])];
    const worse = reads.filter(
      (one) => one.stream === list.stream && (!("verdict" in one) || one.verdict !== "complete"),
    );
    if (worse.length === 0) problems.add(`the read of ${list.stream} is complete`);
  });
}

/** The trouble leaves the graph what it held, and what the list's stream says of it is for `judge`. */
async function takesNothingAway(
  bench: Bench,
  lists: readonly RigList[],
  kind: "shortfall" | "mangled",
  judge: (list: RigList, read: Read, problems: Problems) => void,
): Promise<void> {
  const store = await bench.store();
  await bench.apply(await bench.baseline());
  const before = await pictureOf(store);
  await forEachList(bench, lists, async (list, problems) => {
    await bench.rig.arrange({ kind, list: list.name });
    const read = await bench.read();
    mustBeMet(bench, problems);
    judge(list, read, problems);
    await bench.apply(read);
    const after = await pictureOf(store);
    const [lost] = lostBetween(before, after);
    if (lost !== undefined) problems.add(`the graph lost ${lost}`);
    const [off] = turnedOffBetween(before, after);
    if (off !== undefined) problems.add(`nobody turned anything off, and in the graph ${off}`);
    await bench.rig.reset();
    await bench.apply(await bench.read());
  });
}

/** What was recorded reads again as it was read, also where something was denied, and without asking the system. */
export async function replayed(bench: Bench): Promise<void> {
  const problems = new Problems();
  const { rig } = bench;
  const untroubled = await bench.baseline();
  await problems.within("untroubled", (part) => replay(bench, "untroubled", untroubled, part));
  const list = rig.lists.find(({ permission }) => permission !== undefined);
  const deny = list === undefined ? undefined : { kind: "denied" as const, list: list.name };
  if (deny !== undefined && (await canArrange(bench, deny)))
    await problems.within("denied", (part) => replay(bench, "denied", undefined, part));
  problems.end();
}

async function canArrange(bench: Bench, trouble: Parameters<Bench["rig"]["arrange"]>[0]): Promise<boolean> {
  await bench.rig.reset();
  return bench.rig.arrange(trouble).then(
    () => true,
    () => false,
  );
}

async function replay(bench: Bench, name: string, same: Read | undefined, problems: Problems): Promise<void> {
  const record = join(bench.dir, `recording-${name}`);
  const read = await bench.read({ record });
  if (same !== undefined) sameBytes(read, same, "reading it twice", problems);
  const again = await bench.read({ recording: record });
  if (again.calls > 0) problems.add(`the replay asked the system ${again.calls} times`);
  sameBytes(again, read, "its replay", problems);
  const verdicts = ({ manifest }: Read) =>
    JSON.stringify([
      [...manifest.partitions].sort(byPlace).map(({ notes: _, rejected: __, ...rest }) => rest),
      [...(manifest.notRead ?? [])].sort(byPlace),
    ]);
  if (verdicts(again) !== verdicts(read))
    problems.add(`the verdicts were ${verdicts(read)}, and are ${verdicts(again)}`);
}

type Place = { readonly stream: string; readonly partition: string };
const byPlace = (a: Place, b: Place) =>
  `${a.stream}|${a.partition}` < `${b.stream}|${b.partition}` ? -1 : 1;

/** Partitions are read beside each other, so their records may stand in another order; within one it is the same. */
function sameBytes(read: Read, other: Read, what: string, problems: Problems): void {
  for (const where of new Set([...read.lines.keys(), ...other.lines.keys()])) {
    const [lines, expected] = [read.lines.get(where) ?? [], other.lines.get(where) ?? []];
    const at = expected.findIndex((line, index) => line !== lines[index]);
    if (at >= 0 || lines.length !== expected.length)
      problems.add(`${what} gives another record ${at + 1} of ${where}: ${lines[at] ?? "none"}`);
  }
}

/** A system that did not change changes nothing. */
export async function unchanged(bench: Bench): Promise<void> {
  const problems = new Problems();
  const store = await bench.store();
  await bench.apply(await bench.baseline());
  const before = await pictureOf(store);
  const report = await bench.apply(await bench.read());
  for (const part of report.partitions) {
    const { added, changed, removed, missing, rekeyed } = part;
    const writes = { added, changed, removed, missing, rekeyed };
    for (const [what, count] of Object.entries(writes))
      if (count > 0) problems.add(`${part.stream} of ${part.partition}: ${count} ${what}`);
  }
  const after = await pictureOf(store);
  for (const text of differences(before, after).slice(0, 5)) problems.add(text);
  if (after.changes !== before.changes)
    problems.add(`${after.changes - before.changes} changes were written`);
  problems.end();
}

function mustBeComplete({ manifest }: Read, problems: Problems): void {
  for (const { stream, partition, verdict, reason } of manifest.partitions)
    if (verdict !== "complete") problems.add(`${stream} of ${partition} is ${verdict}: ${reason ?? ""}`);
}
