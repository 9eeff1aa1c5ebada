import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { entityKey, silentLog } from "../model/index.js";
import { type Manifest, SnapshotFolder } from "../snapshot/index.js";
import { collectSource } from "./collect.js";
import { defineCollector, type Stream } from "./contract.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-export-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const line = z.object({
  kind: z.string(),
  in: z.string(),
  id: z.string().optional(),
  lacks: z.string().optional(),
});
type Memo = { readonly seen: string[] };
const stream = (name: string): Stream<undefined, Memo, unknown> => ({
  name,
  title: name,
  produces: { nodes: [{ label: "Resource", properties: [] }], edges: [] },
  read: async function* () {},
  *convert(page, context) {
    const { id, lacks } = line.parse(page);
    if (lacks !== undefined) context.partial(lacks);
    if (id !== undefined)
      yield { kind: "node", key: entityKey(context.source, name, id), label: "Resource", props: {} };
  },
});
const collector = defineCollector<unknown, undefined, Memo>({
  system: "test",
  title: "Test",
  version: "1",
  category: "access",
  config: z.unknown(),
  permissions: [],
  streams: [stream("cats"), stream("dogs")],
  rateLimit: { requestsPerSecond: 10, concurrency: 1 },
  open: async () => undefined,
  partitions: async () => [],
  createMemo: () => ({ seen: [] }),
  exports: [
    {
      file: "everything",
      open: () => {
        const places = new Set<string>();
        return {
          *deal(raw) {
            const { kind, in: partition } = line.parse(raw);
            places.add(partition);
            if (kind === "cats" || kind === "dogs") yield { stream: kind, partition };
          },
          *end() {
            for (const place of places)
              for (const name of ["cats", "dogs"])
                yield {
                  stream: name,
                  partition: place,
                  page: {
                    kind: name,
                    in: place,
                    ...(place === "b" && name === "dogs" ? { lacks: "no dogs were asked for" } : {}),
                  },
                };
          },
        };
      },
    },
  ],
});

const AT = Date.UTC(2026, 10, 1);
async function read(files: Readonly<Record<string, string>>, known: readonly string[] = []) {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(dir, name), text);
    await utimes(join(dir, name), AT / 1000, AT / 1000);
  }
  return collectSource({
    source: { name: "pets", type: "test", recording: dir, schedule: undefined, settings: {} },
    collector,
    snapshots: new SnapshotFolder(join(dir, "snapshots")),
    known: { partitions: known, edges: async () => [] },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
  });
}
const lines = (...all: readonly object[]) => all.map((one) => `${JSON.stringify(one)}\n`).join("");
const brief = (manifest: Manifest) =>
  manifest.partitions.map((p) =>
    `${p.partition} ${p.stream} ${p.verdict} ${Object.values(p.counts).join()} ${p.reason ?? ""}`.trim(),
  );

describe("an export of several streams", () => {
  it("is dealt out to the streams and partitions its lines are of, with what only the whole says", async () => {
    const manifest = await read({
      "everything.ndjson": lines(
        { kind: "cats", in: "a", id: "1" },
        { kind: "birds", in: "a", id: "2" },
        { kind: "cats", in: "b", id: "3" },
        { kind: "dogs", in: "a", id: "4" },
      ),
    });
    expect(brief(manifest)).toEqual([
      "a cats complete 1",
      "a dogs complete 1",
      "b cats complete 1",
      "b dogs partial  no dogs were asked for",
    ]);
    expect(manifest.partitions.every(({ dataTime }) => dataTime === AT)).toBe(true);
  });

  it("says nothing of partitions that it does not name", async () => {
    const manifest = await read({ "everything.ndjson": lines({ kind: "cats", in: "a", id: "1" }) }, [
      "a",
      "z",
    ]);
    expect(brief(manifest).filter((text) => text.startsWith("z"))).toEqual([
      "z cats failed  the recording holds no cats of z",
      "z dogs failed  the recording holds no dogs of z",
    ]);
  });

  it("gives nothing where a line is not JSON, or is something else", async () => {
    for (const text of ['{"kind":"cats","in":"a"}\n{"kind":', lines({ other: 1 })]) {
      const manifest = await read({ "everything.ndjson": text }, ["a"]);
      expect(brief(manifest).every((one) => one.includes("failed"))).toBe(true);
    }
  });

  it("is not mixed with a stream's own file", async () => {
    const manifest = await read(
      {
        "everything.ndjson": lines({ kind: "cats", in: "a", id: "1" }, { kind: "dogs", in: "a", id: "2" }),
        "cats.ndjson": lines({ kind: "cats", in: "a", id: "9" }),
      },
      ["a"],
    );
    expect(brief(manifest)[0]).toContain("which one is meant is not clear");
    expect(brief(manifest)[1]).toBe("a dogs complete 1");
  });
});
