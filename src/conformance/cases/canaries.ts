import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../../model/index.js";
import type { Bench } from "../bench.js";
import { mustBeMet, Problems } from "../problems.js";
import type { Trouble } from "../rig.js";
import { contentOf, filesBelow, formsOf, storeLines } from "../sweep.js";

/**
 * A secret in every field that could hold one reaches no snapshot, no recording, no journal, no store and no word
 * that is said, whatever goes wrong while it is read.
 */
export async function canaries(bench: Bench): Promise<void> {
  const problems = new Problems();
  const { rig } = bench;
  const canary = `canary${randomBytes(12).toString("hex")}`;
  const secrets = new Set([canary]);
  let reads = 0;

  async function readWith(trouble: Trouble | undefined): Promise<void> {
    await rig.reset();
    await rig.arrange({ kind: "canary", secret: canary });
    if (trouble !== undefined && !(await canArrange(trouble))) return;
    reads += 1;
    const read = await bench.read({ record: join(bench.dir, `recording-${reads}`) });
    for (const secret of rig.secrets?.() ?? []) secrets.add(secret);
    if (trouble !== undefined) return;
    mustBeMet(bench, problems);
    const failed = read.manifest.partitions.find(({ verdict }) => verdict === "failed");
    if (failed !== undefined)
      problems.add(`${failed.stream} of ${failed.partition} failed: ${failed.reason ?? ""}`);
    await bench.apply(read);
  }
  const canArrange = (trouble: Trouble) =>
    rig.arrange(trouble).then(
      () => true,
      () => false,
    );

  await readWith(undefined);
  for (const list of rig.lists) {
    await readWith({ kind: "denied", list: list.name });
    if (list.paged) await readWith({ kind: "sameCursor", list: list.name });
  }
  await rig.reset();
  await rig.arrange({ kind: "canary", secret: canary });
  try {
    bench.said.push(JSON.stringify(await bench.describe()));
  } catch (error) {
    bench.said.push(messageOf(error));
  }

  const places = [
    ...(await filesBelow(bench.dir)).map((file) => ({ what: file.path, content: contentOf(file) })),
    { what: "the store", content: Buffer.from((await storeLines(await bench.store())).join("\n")) },
    { what: "what was said", content: Buffer.from(bench.said.join("\n")) },
  ];
  for (const secret of secrets) {
    const forms = formsOf(secret);
    const name = secret === canary ? "the canary" : "a secret that the system made";
    for (const { what, content } of places) {
      if (forms.some((form) => content.includes(form))) problems.add(`${what} holds ${name}`);
    }
  }
  problems.end();
}
