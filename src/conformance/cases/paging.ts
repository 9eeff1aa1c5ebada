import type { Bench } from "../bench.js";
import { forAllLists, forEachList, mustBeMet, mustBeWhole } from "../problems.js";

const pagedLists = (bench: Bench) => bench.rig.lists.filter(({ paged }) => paged);

/** An empty page is not the end of a list. */
export async function emptyPage(bench: Bench): Promise<void> {
  const baseline = await bench.baseline();
  await forAllLists(bench, pagedLists(bench), async (lists, problems) => {
    for (const { name } of lists) await bench.rig.arrange({ kind: "emptyPage", list: name });
    mustBeWhole(await bench.read(), baseline, problems);
    mustBeMet(bench, problems, lists.length);
  });
}

/** Lists move while they are paged: what comes twice is one object. */
export async function sameObjectTwice(bench: Bench): Promise<void> {
  const baseline = await bench.baseline();
  await forAllLists(bench, pagedLists(bench), async (lists, problems) => {
    for (const { name } of lists) await bench.rig.arrange({ kind: "twice", list: name });
    mustBeWhole(await bench.read(), baseline, problems);
    mustBeMet(bench, problems, lists.length);
  });
}

/** A cursor that comes again would never end: it is a failure that says so. */
export async function sameCursor(bench: Bench): Promise<void> {
  await bench.baseline();
  await forEachList(bench, pagedLists(bench), async (list, problems) => {
    await bench.rig.arrange({ kind: "sameCursor", list: list.name });
    const { manifest } = await bench.read();
    mustBeMet(bench, problems);
    const said = [...manifest.partitions, ...(manifest.notRead ?? [])].filter(
      (read) => read.stream === list.stream && (!("verdict" in read) || read.verdict !== "complete"),
    );
    if (said.length === 0) problems.add(`the read of ${list.stream} is complete`);
    else if (!said.some(({ reason }) => /cursor/i.test(reason ?? "")))
      problems.add(`no reason speaks of the cursor: ${said[0]?.reason ?? ""}`);
  });
}
