import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { collector } from "../collectors/entra/collector.js";
import { collectSource } from "../src/collect/index.js";
import { silentLog } from "../src/model/index.js";
import { SnapshotFolder } from "../src/snapshot/index.js";
import { CLIENT, GraphServer, smallTenant, TENANT_ID } from "./servers/graph/index.js";

let server: GraphServer;
beforeAll(async () => {
  server = await GraphServer.start(smallTenant());
});
afterAll(() => server.stop());

it("smoke", async () => {
  const dir = mkdtempSync(join(tmpdir(), "entra-"));
  process.env.AZURE_CLIENT_ID = CLIENT.id;
  process.env.AZURE_CLIENT_SECRET = CLIENT.secret;
  process.env.AZURE_TENANT_ID = TENANT_ID;
  const manifest = await collectSource({
    source: {
      name: "entra",
      type: "entra",
      recording: undefined,
      schedule: undefined,
      settings: { tenantId: TENANT_ID, endpoint: server.url, authority: server.url },
    },
    collector,
    snapshots: new SnapshotFolder(dir),
    known: { partitions: [], edges: () => Promise.resolve([]) },
    signal: new AbortController().signal,
    log: silentLog,
    baseDir: dir,
    timeZone: "UTC",
  });
  for (const p of manifest.partitions)
    console.log(
      p.stream,
      p.verdict,
      p.reason ?? "",
      JSON.stringify(p.counts),
      p.calls,
      (p.notes ?? []).join(),
    );
  console.log(manifest.notRead);
  rmSync(dir, { recursive: true });
  expect(manifest.partitions.every(({ verdict }) => verdict === "complete")).toBe(true);
});
