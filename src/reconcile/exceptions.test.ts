import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GraphStore, openStore } from "../graph/index.js";
import { type Journal, openJournal } from "../journal/index.js";
import { InputError } from "../model/index.js";
import {
  approveException,
  endException,
  exceptionProjectors,
  listExceptions,
  requestException,
} from "./exceptions.js";
import type { Finding } from "./finding.js";
import { findingProps } from "./finding-node.js";
import { FINDINGS_QUERIES, findingOf } from "./read.js";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");
const PRINT = "f".repeat(64);

let dir: string;
let store: GraphStore;
let journal: Journal;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-exceptions-"));
  store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
  journal = await openJournal({ store, dataDir: dir, projectors: exceptionProjectors });
  await put("open");
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function put(status: Finding["status"]): Promise<void> {
  const finding: Finding = {
    rule: "LVR-001",
    revision: 1,
    fingerprint: PRINT,
    severity: "high",
    subject: { key: "aws/user/A1", label: "Account", name: "ada" },
    person: { key: "hr/person/1", workerIds: ["1"], name: "Ada" },
    reason: "Ada left, and the account is still enabled.",
    path: [],
    otherPaths: 0,
    cuts: [],
    remediation: [],
    controls: {},
    population: 1,
    columns: {},
    evidence: [],
    status,
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked: true,
    firstSeen: "2026-11-20T06:00:00.000Z",
    lastSeen: "2026-11-20T06:00:00.000Z",
    run: "run-1",
    reopened: 0,
    proof: null,
    exception: null,
  };
  await store.write((tx) =>
    tx.run("UNWIND $rows AS row MERGE (f:Finding {fingerprint: row.fingerprint}) SET f = row.props", {
      rows: [{ fingerprint: PRINT, props: findingProps(finding) }],
    }),
  );
}

async function status(): Promise<string | undefined> {
  const [row] = await store.rows(FINDINGS_QUERIES.byFingerprint, { keys: [PRINT] });
  return row === undefined ? undefined : findingOf(row).status;
}

const as = (actor: string, now = NOW, selfApproval = false) => ({
  store,
  journal,
  rules: { selfApproval, maxDays: 30 },
  zone: "Europe/Berlin",
  now,
  actor,
});
const ask = (until = "2026-12-01", actor = "ada", reason = "the pipeline moves") =>
  requestException({ ...as(actor), fingerprint: PRINT, until, reason });

describe("a request", () => {
  it("leaves the finding open, and ends with its last day in the company's zone", async () => {
    expect(await ask()).toMatchObject({
      status: "requested",
      requestedBy: "ada",
      until: "2026-12-01T23:00:00.000Z",
    });
    expect(await status()).toBe("open");
    await expect(ask()).rejects.toThrow(/requested already/);
  });

  it("lasts as long as the configuration allows, and no day more", async () => {
    await expect(ask("2026-12-22")).rejects.toThrow(/30 days at most/);
    expect((await ask("2026-12-21")).status).toBe("requested");
  });

  it("is refused without a reason, for a day that is over, and for what is not an open finding", async () => {
    await expect(ask("2026-12-01", "ada", " ")).rejects.toThrow(/needs a reason/);
    await expect(ask("2026-11-20")).rejects.toThrow(/is over/);
    await put("closed");
    await expect(ask()).rejects.toThrow(/closed, not open/);
    expect(await listExceptions(store)).toEqual([]);
  });
});

describe("an approval", () => {
  it.each(["ada", "ADA", " ada ", "ａｄａ"])("is not for the one who asked, written as %j", async (name) => {
    const { id } = await ask();
    await expect(approveException({ ...as(name), id })).rejects.toThrow(InputError);
    expect(await status()).toBe("open");
    const own = await approveException({ ...as(name, NOW, true), id });
    expect(own).toMatchObject({ status: "approved", selfApproved: true });
  });

  it("by somebody else lets the finding stand, once", async () => {
    const { id } = await ask();
    const approved = await approveException({ ...as("eve"), id });
    expect(approved).toMatchObject({ status: "approved", approvedBy: "eve", selfApproved: false });
    expect(await status()).toBe("excepted");
    await expect(approveException({ ...as("eve"), id })).rejects.toThrow(/approved, not requested/);
  });

  it("comes too late where the day, or the finding, is over", async () => {
    const { id } = await ask();
    await expect(approveException({ ...as("eve", NOW + 12 * DAY), id })).rejects.toThrow(/is over/);
    await put("closed");
    await expect(approveException({ ...as("eve"), id })).rejects.toThrow(/closed, not open/);
  });
});

describe("an end", () => {
  it("opens the finding again, and says by whom and why", async () => {
    const { id } = await ask();
    await approveException({ ...as("eve"), id });
    const ended = await endException({ ...as("bob"), id, reason: "it moved" });
    expect(ended).toMatchObject({ status: "ended", endedBy: "bob", endedReason: "it moved" });
    expect(await status()).toBe("open");
    await expect(endException({ ...as("bob"), id, reason: "again" })).rejects.toThrow(/is ended/);
    expect((await journal.verify()).ok).toBe(true);
  });

  it("of a request refuses it", async () => {
    const { id } = await ask();
    await endException({ ...as("eve"), id, reason: "no" });
    await expect(approveException({ ...as("eve"), id })).rejects.toThrow(/ended, not requested/);
    expect(await status()).toBe("open");
  });
});
