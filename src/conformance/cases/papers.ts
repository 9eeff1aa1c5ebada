import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AnyCollector } from "../../collect/index.js";
import { collectedOf } from "../collected.js";
import { Problems } from "../problems.js";

/** The table under "Permissions" of a README names what `doctor` prints, no more and no less. */
export async function readmePermissions(collector: AnyCollector, folder: string): Promise<void> {
  const problems = new Problems();
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const section = /^## Permissions\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1];
  if (section === undefined) throw new Error("README.md has no section Permissions");
  const cells = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|")[1] ?? "");
  const stated = new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "")),
  );
  const printed = new Set(collector.permissions.map(({ name }) => name));
  for (const name of printed)
    if (!stated.has(name))
      problems.add(`the first column of a table under Permissions does not name \`${name}\``);
  for (const name of stated)
    if (!printed.has(name))
      problems.add(`\`${name}\` stands under Permissions, and doctor does not print it`);
  if (collector.notRead.length > 0 && !/^## .*not read/im.test(readme))
    problems.add("the collector says what is not read, and README.md has no section that does");
  problems.end();
}

/** Every property that a stream may emit says where it comes from and what for; nothing else is explained. */
export async function fieldsAreExplained(collector: AnyCollector): Promise<void> {
  const problems = new Problems();
  const { rows, unexplained, unused } = collectedOf(collector);
  for (const name of unexplained)
    problems.add(`${name} has no entry in the collector's fields, or nobody says what it is used for`);
  for (const name of unused) problems.add(`fields has ${name}, which no stream emits`);
  if (rows.length === 0) problems.add("it emits no property at all");
  problems.end();
}
