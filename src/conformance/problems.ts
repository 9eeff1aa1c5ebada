import { messageOf } from "../model/index.js";
import type { Bench, Read } from "./bench.js";
import type { RigList } from "./rig.js";

/** What a case found wrong; all of it is told at once, since whoever writes a collector wants to see the whole. */
export class Problems {
  readonly #found: string[] = [];

  add(text: string): void {
    this.#found.push(text);
  }

  /** Runs a part of a case; what it throws is a problem of that part. */
  async within(name: string, work: (problems: Problems) => Promise<void>): Promise<void> {
    const part = new Problems();
    try {
      await work(part);
    } catch (error) {
      part.add(messageOf(error));
    }
    for (const text of part.#found) this.add(`${name}: ${text}`);
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  end(): void {
    if (this.#found.length > 0) throw new Error(this.#found.join("\n"));
  }
}

const NO_LIST = "no list of the rig has this case: name it in notApplicable, and say why";

/** Runs a part of a case for each list, each on a system that is as it was made. */
export async function forEachList(
  bench: Bench,
  lists: readonly RigList[],
  work: (list: RigList, problems: Problems) => Promise<void>,
): Promise<void> {
  if (lists.length === 0) throw new Error(NO_LIST);
  const problems = new Problems();
  for (const list of lists) {
    await problems.within(list.name, async (part) => {
      await bench.rig.reset();
      await work(list, part);
    });
  }
  await bench.rig.reset();
  problems.end();
}

/**
 * Runs a part of a case with the trouble in all lists at once, which costs one read. Where that goes wrong each list is tried
 * by itself, and that decides: it names the list, and calls that share an answer or a wait do not count as one too few.
 */
export async function forAllLists(
  bench: Bench,
  lists: readonly RigList[],
  work: (lists: readonly RigList[], problems: Problems) => Promise<void>,
): Promise<void> {
  if (lists.length === 0) throw new Error(NO_LIST);
  const together = new Problems();
  await bench.rig.reset();
  await together.within("all lists at once", (part) => work(lists, part));
  await bench.rig.reset();
  if (together.none) return;
  await forEachList(bench, lists, (list, part) => work([list], part));
}

/** The trouble that was arranged must have reached the collector, at least so many times. */
export function mustBeMet(bench: Bench, problems: Problems, times = 1): void {
  const troubled = bench.rig.troubled();
  if (troubled === 0) problems.add("no answer of the system was touched by it, so nothing was tried");
  else if (troubled < times)
    problems.add(`only ${troubled} of ${times} answers of the system were touched by it`);
}

/** Whatever got in the way, the read is complete and says what an untroubled one says. */
export function mustBeWhole(read: Read, baseline: Read, problems: Problems): void {
  for (const { stream, partition, verdict, reason } of read.manifest.partitions) {
    if (verdict !== "complete") problems.add(`${stream} of ${partition} is ${verdict}: ${reason ?? ""}`);
  }
  for (const { stream, partition, reason } of read.manifest.notRead ?? []) {
    problems.add(`${stream} of ${partition} was not read: ${reason}`);
  }
  mustSayTheSame(read, baseline, problems);
}

/** The same records, each once, byte for byte. */
export function mustSayTheSame(read: Read, other: Read, problems: Problems): void {
  for (const where of new Set([...read.lines.keys(), ...other.lines.keys()])) {
    const lines = [...(read.lines.get(where) ?? [])].sort();
    const expected = [...(other.lines.get(where) ?? [])].sort();
    if (lines.join("\n") === expected.join("\n")) continue;
    const lacks = expected.filter((line) => !lines.includes(line));
    const more = lines.filter((line) => !expected.includes(line));
    problems.add(
      `${where} has other records: ${lacks.length} are missing (${lacks[0] ?? "-"}), ${more.length} are new (${more[0] ?? "-"})`,
    );
  }
}
