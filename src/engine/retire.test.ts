import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { at } from "../../test/support/rebuild-world.js";

let root: string;
let dir: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "exitgraph-retire-"));
  dir = join(root, "company");
  expect((await at(root, 0, ["demo", "--keep", dir])).code).toBe(0);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ingested = z.looseObject({ ingested: z.array(z.looseObject({ snapshot: z.string() })) });
const snapshotsOf = async (hours: number) => {
  const result = await at(dir, hours, ["ingest", "--json"]);
  expect(result.code, result.err).toBe(0);
  return ingested.parse(result.json()).ingested.map(({ snapshot }) => snapshot);
};

describe("the snapshots of a source that was retired", () => {
  it("wait for no ingest any more, applied or not, until it is read anew", async () => {
    expect((await at(dir, 1, ["collect", "--source", "aws"])).code).toBe(0);
    expect((await at(dir, 2, ["source", "retire", "aws", "--reason", "sold"])).code).toBe(0);
    expect(await snapshotsOf(3)).toEqual([]);
    // A rebuild knows it too.
    expect((await at(dir, 4, ["rebuild"])).code).toBe(0);
    expect(await snapshotsOf(5)).toEqual([]);
    expect((await at(dir, 6, ["collect", "--source", "aws"])).code).toBe(0);
    expect(await snapshotsOf(7)).toEqual([expect.stringMatching(/^aws-20261121T16/)]);
    expect(await snapshotsOf(8)).toEqual([]);
  });
});
