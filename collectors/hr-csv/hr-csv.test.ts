import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import iconv from "iconv-lite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { collectSource, describeAccess } from "../../src/collect/index.js";
import { type GraphStore, openStore } from "../../src/graph/index.js";
import { InputError, type Log, type Props } from "../../src/model/index.js";
import { type Manifest, type PartitionRead, SnapshotFolder } from "../../src/snapshot/index.js";
import { TestProject } from "../../test/support/ingest-worlds.js";
import { collector } from "./collector.js";
import { configSchema } from "./config.js";
import { readFile } from "./read.js";

let dir: string;
let logged: string[];
const log: Log = {
  debug: (message, fields) => logged.push(message, JSON.stringify(fields)),
  info: (message, fields) => logged.push(message, JSON.stringify(fields)),
  warn: (message, fields) => logged.push(message, JSON.stringify(fields)),
  progress: (task) => logged.push(task),
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "exitgraph-hr-"));
  logged = [];
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const lineSchema = z.object({
  record: z.object({
    key: z.string(),
    props: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  }),
});
const columns = { workerId: "ID", email: "Mail", status: "Status", startDate: "Start", endDate: "End" };
type Settings = Readonly<Record<string, unknown>>;

interface Result {
  readonly manifest: Manifest;
  readonly read: PartitionRead;
  readonly people: ReadonlyMap<string, Props>;
  readonly lines: readonly string[];
}
async function collect(
  settings: Settings,
  extra: { recording?: string; record?: string; timeZone?: string } = {},
): Promise<Result> {
  const snapshots = new SnapshotFolder(join(dir, "snapshots"));
  const manifest = await collectSource({
    source: {
      name: "hr",
      type: "hr-csv",
      recording: extra.recording,
      schedule: undefined,
      settings: { path: "people.csv", columns, ...settings },
    },
    collector,
    snapshots,
    known: { partitions: ["all"], edges: async () => [] },
    record: extra.record,
    signal: new AbortController().signal,
    log,
    baseDir: dir,
    timeZone: extra.timeZone ?? "Europe/Berlin",
  });
  const lines: string[] = [];
  for await (const batch of snapshots.lines(manifest.id, "workers")) lines.push(...batch);
  const people = new Map<string, Props>();
  for (const line of lines) {
    const { record } = lineSchema.parse(JSON.parse(line));
    people.set(record.key, record.props);
  }
  const [read] = manifest.partitions;
  if (read === undefined) throw new Error("nothing was read");
  return { manifest, read, people, lines };
}
function file(content: string | Buffer): void {
  writeFileSync(join(dir, "people.csv"), content);
}
async function only(text: string, settings: Settings = {}, timeZone?: string): Promise<Props> {
  file(text);
  const { people, read } = await collect(settings, timeZone === undefined ? {} : { timeZone });
  expect(read).toMatchObject({ verdict: "complete", counts: { Employment: 1 } });
  const [props] = people.values();
  return props ?? {};
}
const utc = (text: string) => Date.parse(text);

describe("an employment", () => {
  it("has every mapped column, and what the configuration makes of it", async () => {
    file(
      [
        "Global,ID,First,Last,Mail,Old Mail,Status,Start,End,Kind,Dept,Title,Boss,Salary",
        'U-1,W1,Ann,Ó Briain,"Ann@X.example; ANN.O@x.example",old@x.example,Aktiv,01.03.2020,31.12.2026,Fest,R&D,"Lead, Tools",W9,99999',
      ].join("\n"),
    );
    const { people, read, manifest } = await collect({
      columns: {
        workerId: "ID",
        universalId: "Global",
        email: ["Mail", "Old Mail"],
        firstName: "First",
        lastName: "Last",
        status: "Status",
        startDate: "Start",
        endDate: "End",
        type: "Kind",
        department: "Dept",
        title: "Title",
        manager: "Boss",
      },
      statusValues: { aktiv: "active" },
      typeValues: { Fest: "employee" },
      dateFormats: ["dd.MM.yyyy"],
    });
    expect(read).toMatchObject({ verdict: "complete", stream: "workers", partition: "all" });
    expect(manifest.system).toBe("hr-csv");
    expect([...people]).toEqual([
      [
        "hr/employment/W1",
        {
          workerId: "W1",
          universalId: "U-1",
          emails: ["ann@x.example", "ann.o@x.example", "old@x.example"],
          name: "Ann Ó Briain",
          status: "active",
          type: "employee",
          start: "2020-03-01",
          startsAt: utc("2020-02-29T23:00:00Z"),
          end: "2026-12-31",
          endsAt: utc("2026-12-31T23:00:00Z"),
          department: "R&D",
          title: "Lead, Tools",
          manager: "W9",
          zone: "Europe/Berlin",
          roster: "full",
        },
      ],
    ]);
    expect(read.scope).toContain("column:endDate");
    expect(read.scope.every((token) => token.startsWith("column:"))).toBe(true);
  });

  it("is an employee without a mapped type, active only where the file says so, and named by its id at least", async () => {
    file("ID\nW1\n");
    const { people, read } = await collect(
      { columns: { workerId: "ID" }, roster: "active-only" },
      { timeZone: "UTC" },
    );
    expect([...people.values()]).toEqual([
      {
        workerId: "W1",
        emails: [],
        name: "W1",
        status: "unknown",
        statusMapped: false,
        type: "employee",
        zone: "UTC",
        roster: "activeOnly",
      },
    ]);
    expect(read.notes).toBeUndefined();
    expect(read.scope).toEqual(["column:workerId"]);
  });

  it("has an unknown status or type where the configuration does not name it, which is reported by line", async () => {
    file(
      "ID,Status,Kind\nW1,Sabbatical,Intern\nW2,ACTIVE,contingent\nW3, On  Leave ,\nW4,,employee\nW5,Sabbatical,x\n",
    );
    const { people, read } = await collect({
      columns: { workerId: "ID", status: "Status", type: "Kind" },
      statusValues: { "on leave": "leave" },
      typeValues: { "": "contingent" },
    });
    expect([...people.values()].map(({ status, type, statusText }) => [status, type, statusText])).toEqual([
      ["unknown", "unknown", "Sabbatical"],
      ["active", "contingent", undefined],
      ["leave", "contingent", undefined],
      ["unknown", "employee", ""],
      ["unknown", "unknown", "Sabbatical"],
    ]);
    expect(read.verdict).toBe("complete");
    expect(read.notes).toEqual([
      '2 rows have a status that statusValues does not name: "Sabbatical" (line 2, 6)',
      "2 rows have a type that typeValues does not name (line 2, 6)",
    ]);
    expect(logged.some((line) => line.includes("statusValues"))).toBe(true);
  });

  it("shows some of many values that nothing names", async () => {
    file(`ID,Status\n${[..."abcdefg"].map((value, i) => `W${i},${value.repeat(100)}\n`).join("")}`);
    const { people, read } = await collect({ columns: { workerId: "ID", status: "Status" } });
    expect(people.get("hr/employment/W0")?.statusText).toBe("a".repeat(80));
    expect(read.notes?.[0]).toMatch(
      /^7 rows .* name: "a{80}", ("[b-e]{80}", ){3}"e{80}" and 2 more \(line 2, /,
    );
  });

  it.each([
    ["a@x.example,b@x.example", ["a@x.example", "b@x.example"]],
    ["A@X.example;a@x.example", ["a@x.example"]],
    ["Ann <ann@x.example>; mailto:b@x.example", ["ann@x.example", "b@x.example"]],
    ["a@x.example\nb@x.example | c@x.example", ["a@x.example", "b@x.example", "c@x.example"]],
    ["o'neil+hr@x.example", ["o'neil+hr@x.example"]],
    ["none", []],
  ])("has the addresses of the cell %j", async (cell, emails) => {
    expect(await only(`ID,Mail,Status,Start,End\nW1,"${cell}",active,,\n`)).toMatchObject({ emails });
  });
});

describe("dates", () => {
  it.each<[string, string, string, Partial<Props>]>([
    [
      "the last day ends at the next midnight",
      "UTC",
      "2026-03-04",
      { end: "2026-03-04", endsAt: utc("2026-03-05T00:00Z") },
    ],
    ["in the company's zone", "America/Los_Angeles", "2026-03-04", { endsAt: utc("2026-03-05T08:00Z") }],
    ["a day of 23 hours", "Europe/Berlin", "2026-03-29", { endsAt: utc("2026-03-29T22:00Z") }],
    ["a day of 25 hours", "Europe/Berlin", "2026-10-25", { endsAt: utc("2026-10-25T23:00Z") }],
    // Clocks there go from 23:59:59 to 01:00: the next day has no midnight.
    ["a next day without a midnight", "Africa/Cairo", "2026-04-23", { endsAt: utc("2026-04-23T22:00Z") }],
    [
      "an instant overrides",
      "Europe/Berlin",
      "2026-03-04T14:05",
      { end: "2026-03-04T14:05:00+01:00", endsAt: utc("2026-03-04T13:05Z") },
    ],
    ["an instant with a blank", "UTC", "2026-03-04 14:05:30", { endsAt: utc("2026-03-04T14:05:30Z") }],
    [
      "an instant with an offset",
      "Europe/Berlin",
      "2026-03-04T14:05Z",
      { end: "2026-03-04T15:05:00+01:00", endsAt: utc("2026-03-04T14:05Z") },
    ],
    [
      "an instant with a numeric offset",
      "UTC",
      "2026-03-04T14:05:00.250+02:00",
      { endsAt: utc("2026-03-04T12:05:00.250Z") },
    ],
    ["a leap day", "UTC", "2024-02-29", { endsAt: utc("2024-03-01T00:00Z") }],
    ["a placeholder for never", "UTC", "9999-12-31", { end: "9999-12-31" }],
    ["a configured format", "UTC", "04.03.2026", { end: "2026-03-04", endsAt: utc("2026-03-05T00:00Z") }],
    ["a second configured format", "UTC", "3/4/2026", { end: "2026-03-04" }],
    ["a month in words", "UTC", "4 Mar 2026", { end: "2026-03-04" }],
    [
      "a configured format with a time",
      "UTC",
      "04.03.2026 09:30",
      { end: "2026-03-04T09:30:00Z", endsAt: utc("2026-03-04T09:30Z") },
    ],
    ["ISO before the configured formats", "UTC", "2026-04-03", { end: "2026-04-03" }],
  ])("%s: %s %s", async (_, zone, cell, expected) => {
    const props = await only(`ID,Mail,Status,Start,End\nW1,,active,,${cell}\n`, {
      timeZone: zone,
      dateFormats: ["dd.MM.yyyy", "M/d/yyyy", "d MMM yyyy", "dd.MM.yyyy HH:mm"],
    });
    expect(props).toMatchObject({ ...expected, zone });
  });

  it.each([
    ["2026-02-30", "", "its end date is not a date"],
    ["31.04.2026", "", "its end date is not a date"],
    ["2026-3-4", "", "its end date is not a date"],
    ["soon", "", "its end date is not a date"],
    ["", "2026-13-01", "its start date is not a date"],
    ["2026-01-01", "2026-01-02", "its end is before its start"],
    ["2026-01-01T09:00", "2026-01-01T09:00", "its end is before its start"],
  ])("rejects the row of an end %j with a start %j, and the rest goes on", async (end, start, reason) => {
    file(`ID,Mail,Status,Start,End\nW1,,active,,\nW2,,active,${start},${end}\nW3,,active,,\n`);
    const { people, read } = await collect({ dateFormats: ["dd.MM.yyyy"] });
    expect([...people.keys()]).toEqual(["hr/employment/W1", "hr/employment/W3"]);
    expect(read).toMatchObject({
      verdict: "partial",
      rejected: [{ where: "line 3", reason }],
      rejectedCount: 1,
    });
    expect(read.reason).toBe(`1 row was rejected (the first: line 3, ${reason})`);
  });

  it("takes a single day of work", async () => {
    expect(
      await only("ID,Mail,Status,Start,End\nW1,,active,2026-01-01,2026-01-01\n", {}, "UTC"),
    ).toMatchObject({
      startsAt: utc("2026-01-01T00:00Z"),
      endsAt: utc("2026-01-02T00:00Z"),
    });
  });

  it.each(["MM/yyyy", "nonsense", "HH:mm"])("refuses the format %s, which says no day", async (format) => {
    file("ID,Mail,Status,Start,End\n");
    await expect(collect({ dateFormats: [format] })).rejects.toThrow(/sources\.hr\.dateFormats\.0.*Luxon/);
  });
});

describe("a worker with several rows", () => {
  const rows = (text: string) => `ID,Mail,Status,Start,End\n${text}\n`;
  it.each<[string, string, readonly string[]]>([
    ["one period", "W1,,active,2020-01-01,", ["W1"]],
    ["its end is added", "W1,,terminated,2020-01-01,2022-12-31", ["W1"]],
    ["a re-hire", "W1,,terminated,2020-01-01,2022-12-31\nW1,,active,2024-05-01,", ["W1", "W1~2024-05-01"]],
    [
      "a re-hire that stands first",
      "W1,,active,2024-05-01,\nW1,,terminated,2020-01-01,2022-12-31",
      ["W1", "W1~2024-05-01"],
    ],
    [
      "a re-hire the day after",
      "W1,,terminated,2020-01-01,2022-12-31\nW1,,active,2023-01-01,",
      ["W1", "W1~2023-01-01"],
    ],
    ["an end, and an open row, without starts", "W1,,active,,\nW1,,terminated,,2022-12-31", ["W1", "W1~2"]],
    [
      "terminated without a date, and hired again",
      "W1,,terminated,,\nW1,,active,2024-05-01,",
      ["W1", "W1~2"],
    ],
  ])("%s", async (_, text, ids) => {
    file(rows(text));
    const { people, read } = await collect({});
    expect(read.verdict).toBe("complete");
    expect([...people.keys()].sort()).toEqual(ids.map((id) => `hr/employment/${id}`));
  });

  it.each([
    ["a shared day", "W1,,active,2020-01-01,2022-12-31\nW1,,active,2022-12-31,"],
    ["another address", "W1,a@x.example,active,,\nW1,b@x.example,active,,"],
  ])("is a duplicate with %s", async (_, text) => {
    file(rows(text));
    const { people, read } = await collect({});
    expect([...people.keys()]).toEqual(["hr/employment/W1"]);
    expect(read).toMatchObject({
      verdict: "partial",
      rejected: [{ where: "line 3", reason: "its worker id stands on line 2 too, for the same time" }],
    });
  });

  it.each([
    ["the same row", "W1,,active,2020-01-01,\nW1,,active,2020-01-01,"],
    ["it but for a column that is not mapped", "W1,,active,2020-01-01,,Berlin\nW1,,active,2020-01-01,,Bonn"],
    ["an open row without a start", "W1,,active,,\nW1,,active,,"],
    ["a date-less termination", "W1,,terminated,,\nW1,,terminated,,"],
  ])("loses nothing where a second row is %s again", async (what, text) => {
    file(what.includes("column") ? `ID,Mail,Status,Start,End,Place\n${text}\n` : rows(text));
    const { people, read } = await collect({});
    expect([...people.keys()]).toEqual(["hr/employment/W1"]);
    expect(read).toMatchObject({
      verdict: "complete",
      notes: ["1 row was rejected that says exactly what another one says (line 3)"],
    });
  });
});

describe("the rows of a worker beside one that is rejected", () => {
  const open = "W1,,active,2020-01-01,";
  const gone = "W1,,terminated,2020-01-01,2026-03-31";
  const without = "W1,,terminated,,2026-03-31";

  it.each<[string, string, readonly string[]]>([
    ["its old end is unreadable", `W1,,terminated,2015-01-01,soon\n${gone}`, ["W1~2020-01-01"]],
    ["it stands after the other", `${gone}\nW1,,terminated,2015-01-01,soon`, ["W1~2020-01-01"]],
    ["its old start is unreadable", `W1,,terminated,once,2018-06-30\n${gone}`, ["W1~2020-01-01"]],
    ["both its dates are", `W1,,terminated,once,soon\n${gone}`, ["W1~2020-01-01"]],
    ["it ends before it starts", `W1,,terminated,2015-01-01,2014-06-30\n${gone}`, ["W1~2020-01-01"]],
    ["it has a cell too many", `W1,,terminated,2015-01-01,2018-06-30,x\n${gone}`, ["W1~2020-01-01"]],
    ["it has a cell too few", `W1,terminated,2015-01-01,2018-06-30\n${gone}`, ["W1~2020-01-01"]],
    ["no start is known", `W1,,terminated,,soon\n${without}`, ["W1~2"]],
    [
      "the newer one is unreadable",
      `W1,,terminated,2015-01-01,2018-06-30\nW1,,active,2020-01-01,soon`,
      ["W1"],
    ],
    ["of the newer one not even the start", "W1,,terminated,2015-01-01,2018-06-30\nW1,,active,once,", ["W1"]],
    ["it speaks of the same period", `W1,,active,2020-01-01,soon\n${gone}`, ["W1"]],
    ["it is another worker's", `W2,,active,2015-01-01,soon\n${gone}`, ["W1"]],
  ])("keep their names where %s", async (_, text, ids) => {
    file(`ID,Mail,Status,Start,End\n${text}\n`);
    const { people, read } = await collect({});
    expect(read).toMatchObject({ verdict: "partial", rejectedCount: 1 });
    expect([...people.keys()]).toEqual(ids.map((id) => `hr/employment/${id}`));
  });

  it("are still seen to end, though the old row was readable before", async () => {
    const store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
    try {
      const project = await TestProject.open(store, dir);
      const ingest = async (text: string) => {
        file(`ID,Mail,Status,Start,End\n${text}\n`);
        return await project.ingest((await collect({})).manifest);
      };
      await ingest(`W1,,terminated,2015-01-01,2018-06-30\n${open}`);
      await ingest(`W1,,terminated,2015-01-01,soon\n${gone}`);
      const rows = await store.rows(
        "MATCH (e:Employment) RETURN e.key AS key, e.status AS status, e.end AS last ORDER BY e.key",
      );
      expect(rows).toEqual([
        { key: "hr/employment/W1", status: "terminated", last: "2018-06-30" },
        { key: "hr/employment/W1~2020-01-01", status: "terminated", last: "2026-03-31" },
      ]);
    } finally {
      await store.close();
    }
  });
});

describe("rows of one worker that disagree on whether the work is over", () => {
  /** What is made of the rows, whatever their order. */
  async function settled(lines: readonly string[], settings: Settings = {}) {
    const results: unknown[] = [];
    for (const order of [lines, [...lines].reverse()]) {
      file(`ID,Mail,Status,Start,End,Type\n${order.join("\n")}\n`);
      const { people, read } = await collect({
        columns: { ...columns, type: "Type" },
        timeZone: "UTC",
        ...settings,
      });
      results.push({
        verdict: read.verdict,
        rejected: read.rejectedCount ?? 0,
        people: Object.fromEntries(
          [...people].map(([key, { status, end, conflict, conflictAt, conflictEndsAt }]) => [
            key.slice("hr/employment/".length),
            { status, end, conflict, conflictAt, conflictEndsAt },
          ]),
        ),
      });
    }
    expect(results[1]).toEqual(results[0]);
    return results[0];
  }

  it.each<[string, readonly string[], Props, string]>([
    [
      "has left by a date, and goes on",
      ["W1,,active,2020-01-01,,", "W1,,terminated,2020-01-01,2026-03-01,"],
      { status: "terminated", end: "2026-03-01", conflictAt: utc("2026-03-02") },
      "one row says terminated with the last day 2026-03-01, and another for the same time active without a last day",
    ],
    [
      "has left without a date, and goes on",
      ["W1,,active,,,", "W1,,terminated,,,"],
      { status: "terminated" },
      "one row says terminated without a last day, and another for the same time active without a last day",
    ],
    [
      "began after the other row, has left without a date, and goes on",
      ["W1,,active,2020-01-01,,", "W1,,terminated,2024-05-01,,"],
      { status: "terminated" },
      "one row says terminated without a last day, and another for the same time active without a last day",
    ],
    [
      "left earlier, and later",
      ["W1,,active,2020-01-01,2026-12-31,", "W1,,active,2021-01-01,2021-12-31,"],
      {
        status: "active",
        end: "2021-12-31",
        conflictAt: utc("2022-01-01"),
        conflictEndsAt: utc("2027-01-01"),
      },
      "one row says active with the last day 2021-12-31, and another for the same time active with the last day 2026-12-31",
    ],
    [
      "is contingent, where the status decides",
      ["W1,,active,2020-01-01,2022-12-31,contingent", "W1,,terminated,2020-01-01,2024-12-31,contingent"],
      { status: "terminated", end: "2024-12-31", conflictAt: utc("2025-01-01") },
      "one row says terminated with the last day 2024-12-31, and another for the same time active with the last day 2022-12-31",
    ],
  ])("counts the one that ends first: %s", async (_, rows, expected, conflict) => {
    expect(await settled(rows)).toEqual({
      verdict: "partial",
      rejected: 1,
      people: { W1: { ...expected, conflict } },
    });
  });

  it("takes an unknown status before one that says more", async () => {
    expect(await settled(["W1,,active,,,", "W1,,Sabbatical,,,"])).toEqual({
      verdict: "partial",
      rejected: 1,
      people: { W1: { status: "unknown" } },
    });
  });

  it("says of an open row that nothing shows to be the later one", async () => {
    const conflict =
      "one row says terminated with the last day 2022-12-31, and another active without a last day; no first day tells which is the later one";
    expect(await settled(["W1,,active,,,", "W1,,terminated,,2022-12-31,"])).toEqual({
      verdict: "complete",
      rejected: 0,
      people: {
        W1: { status: "terminated", end: "2022-12-31" },
        "W1~2": { status: "active", conflict, conflictAt: utc("2023-01-01") },
      },
    });
  });

  it.each([
    ["a re-hire", ["W1,,terminated,2020-01-01,2022-12-31,", "W1,,active,2024-05-01,,"]],
    ["a re-hire after an end without a date", ["W1,,terminated,2020-01-01,,", "W1,,active,2024-05-01,,"]],
    ["the same end twice", ["W1,,active,2020-01-01,2022-12-31,", "W1,,terminated,2020-06-01,2022-12-31,"]],
    ["on leave, and active", ["W1,,leave,2020-01-01,,", "W1,,active,2020-01-01,,"]],
  ])("is no conflict: %s", async (_, rows) => {
    for (const order of [rows, [...rows].reverse()]) {
      file(`ID,Mail,Status,Start,End,Type\n${order.join("\n")}\n`);
      const { people } = await collect({ columns: { ...columns, type: "Type" } });
      expect([...people.values()].filter((props) => "conflict" in props)).toEqual([]);
    }
  });
});

describe("a mapping that is taken away", () => {
  const all = {
    workerId: "ID",
    universalId: "Global",
    name: "Name",
    email: "Mail",
    status: "Status",
    startDate: "Start",
    endDate: "End",
    type: "Kind",
    department: "Dept",
    title: "Title",
    manager: "Boss",
  };
  let store: GraphStore;
  let project: TestProject;
  beforeEach(async () => {
    store = await openStore({ store: { engine: "embedded" }, dataDir: dir });
    project = await TestProject.open(store, dir);
  });
  afterEach(async () => {
    await store.close();
  });
  async function ingest(without: readonly string[], lines: readonly string[] = []) {
    const header = "ID,Global,Name,Mail,Status,Start,End,Kind,Dept,Title,Boss";
    const row = "W1,U1,Ann,a@x.example,terminated,2020-01-01,2026-03-31,contingent,R&D,Lead,W9";
    file([header, row, ...lines].join("\n"));
    const columns = Object.fromEntries(Object.entries(all).filter(([field]) => !without.includes(field)));
    const report = await project.ingest((await collect({ columns })).manifest);
    const rows = await store.rows("MATCH (e:Employment {key: 'hr/employment/W1'}) RETURN properties(e) AS e");
    const props = z.record(z.string(), z.unknown()).parse(rows[0]?.e);
    return { state: report.partitions[0]?.state, props };
  }
  const said = ({ assertions: _, statusMapped: __, ...props }: Readonly<Record<string, unknown>>) => props;

  it.each(Object.keys(all).filter((field) => field !== "workerId"))(
    "leaves what was known: %s",
    async (field) => {
      const before = await ingest([]);
      expect(before.props).not.toHaveProperty("unsure");
      const after = await ingest([field]);
      expect(after.state).toBe("narrowed");
      expect(said(after.props)).toEqual(said(before.props));
    },
  );

  it("leaves that rows disagree, which nothing shows without it", async () => {
    const lines = ["W1,U1,Ann,a@x.example,terminated,2020-01-01,2026-12-31,contingent,R&D,Lead,W9"];
    const { conflict, conflictAt, conflictEndsAt } = (await ingest([], lines)).props;
    expect(conflict).toContain("2026-12-31");
    const { props } = await ingest(["endDate"], lines);
    expect(props).toMatchObject({ conflict, conflictAt, conflictEndsAt });
  });

  it("says nothing that was never known, and gives way to what is", async () => {
    const { props } = await ingest(["status", "endDate", "type", "email"]);
    expect(props).toMatchObject({
      status: "unknown",
      type: "employee",
      unsure: ["emails", "status", "type"],
    });
    expect(props).not.toHaveProperty("end");
    const later = (await ingest([])).props;
    expect(later).toMatchObject({ status: "terminated", end: "2026-03-31", type: "contingent" });
    expect(later).not.toHaveProperty("unsure");
    expect(later).not.toHaveProperty("statusMapped");
  });
});

describe("rows that cannot be used", () => {
  it("are rejected with the line on which they begin", async () => {
    file(
      'ID,Mail,Status,Start,End\r\n\r\nW1,"a@x.example\r\nb@x.example",active,,\r\n,,active,,\r\nW2,,active\r\nW3,,active,,,x\r\n,,,,\r\nW4,,active,,,\r\n',
    );
    const { read, people } = await collect({});
    expect(read.rejected).toEqual([
      { where: "line 5", reason: "it has no worker id" },
      { where: "line 6", reason: "it has 3 cells, and the header has 5" },
      { where: "line 7", reason: "it has 6 cells, and the header has 5" },
    ]);
    expect([...people.keys()]).toEqual(["hr/employment/W1", "hr/employment/W4"]);
  });

  const bad = (good: number, count: number) =>
    `ID\n${Array.from({ length: good }, (_, i) => `W${i}\n`).join("")}${"W0,x\n".repeat(count)}`;
  it.each<[string, string, Settings, string, string]>([
    ["9 of 18 are below the floor of ten", bad(9, 9), {}, "partial", "9 rows were rejected"],
    [
      "10 of 20 are above 10 %",
      bad(10, 10),
      {},
      "failed",
      "10 of 20 rows were rejected, and rejectLimit allows 10 %",
    ],
    ["10 of 100 are not above 10 %", bad(90, 10), {}, "partial", "10 rows were rejected"],
    [
      "2 of 100 are above a count of 1",
      bad(98, 2),
      { rejectLimit: { count: 1 } },
      "failed",
      "rejectLimit allows 1",
    ],
    [
      "1 of 100 is not above a count of 1",
      bad(99, 1),
      { rejectLimit: { count: 1 } },
      "partial",
      "1 row was rejected",
    ],
    ["2,500 rows in pages", bad(2_000, 500), { rejectLimit: { percent: 19 } }, "failed", "500 of 2500 rows"],
  ])("fail the stream above the limit: %s", async (_, text, settings, verdict, reason) => {
    file(text);
    const { read, lines } = await collect({ columns: { workerId: "ID" }, ...settings });
    expect(read.verdict).toBe(verdict);
    expect(read.reason).toContain(reason);
    if (verdict === "failed") expect(lines).toEqual([]);
  });
});

describe("the file", () => {
  const text = "ID;Name;Status\r\nW1;Zoë Żółć;active\r\n";
  const utf16be = Buffer.from(text, "utf16le").swap16();
  it.each<[string, string | Buffer, Settings]>([
    ["UTF-8", text, {}],
    ["UTF-8 with a byte order mark", `\ufeff${text}`, {}],
    ["UTF-16 LE with a byte order mark", Buffer.from(`\ufeff${text}`, "utf16le"), {}],
    ["UTF-16 BE with a byte order mark", Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be]), {}],
    ["UTF-16 LE without one", Buffer.from(text, "utf16le"), {}],
    ["UTF-16 BE without one", utf16be, {}],
    ["windows-1250, when it is named", iconv.encode(text, "windows-1250"), { encoding: "windows-1250" }],
    ["commas", text.replaceAll(";", ","), {}],
    ["tabs", text.replaceAll(";", "\t"), {}],
    [
      "a delimiter that the header does not show",
      "ID|Name|Status,x\nW1|Zoë Żółć|active",
      { delimiter: "|", columns: { workerId: "ID", name: "Name" } },
    ],
    [
      "other delimiters in a quoted header",
      text.replace("Name", '"Na,me,of,all"'),
      { columns: { workerId: "ID", name: "Na,me,of,all" } },
    ],
    ["Excel's sep line", `sep=;\r\n${text}`, {}],
    ["old Mac line breaks", text.replaceAll("\r\n", "\r"), {}],
    ["mixed line breaks", `${text.trimEnd()}\n`, {}],
    ["headers in another case and with blanks", text.replace("ID;Name", " id ; NAME"), {}],
  ])("may be %s", async (_, content, settings) => {
    file(content);
    const { people, read } = await collect({
      columns: { workerId: "ID", name: "Name", status: "Status" },
      ...settings,
    });
    expect(read).toMatchObject({ verdict: "complete" });
    expect([...people]).toMatchObject([["hr/employment/W1", { workerId: "W1", name: "Zoë Żółć" }]]);
  });

  it("is read across the borders of its chunks, in pages", async () => {
    const rows = Array.from({ length: 12_345 }, (_, i) => `W${i};"Żó\r\nłć ${i}";active\r\n`);
    file(Buffer.from(`\ufeffID;Name;Status\r\n${rows.join("")}`, "utf16le"));
    const { people, read } = await collect({ columns: { workerId: "ID", name: "Name", status: "Status" } });
    expect(read).toMatchObject({ verdict: "complete", counts: { Employment: 12_345 } });
    expect(people.get("hr/employment/W12344")).toMatchObject({ name: "Żó\nłć 12344", status: "active" });
  });

  it.each(["", "\ufeff", "\n\n", "ID,Mail,Status,Start,End", "ID,Mail,Status,Start,End\r\n"])(
    "that holds nobody (%j) is a complete read of nobody",
    async (content) => {
      file(content);
      const { read, lines } = await collect({});
      expect(read).toMatchObject({ verdict: "complete", counts: {} });
      expect(lines).toEqual([]);
    },
  );

  it("speaks of the instant it was written, and never of the future", async () => {
    file("ID,Mail,Status,Start,End\n");
    await utimes(join(dir, "people.csv"), 1_000, 1_000);
    expect((await collect({})).read.dataTime).toBe(1_000_000);
    await utimes(join(dir, "people.csv"), 99_999_999_999, 99_999_999_999);
    expect((await collect({})).read.dataTime).toBeLessThanOrEqual(Date.now());
  });
});

describe("a file that changes while it is read", () => {
  it("is a partial read", async () => {
    file(`ID\n${Array.from({ length: 30_000 }, (_, i) => `W${i}\n`).join("")}`);
    const partial: string[] = [];
    let pages = 0;
    const config = configSchema.parse({ path: "people.csv", columns: { workerId: "ID" } });
    for await (const page of readFile("people.csv", {
      source: "hr",
      config,
      signal: new AbortController().signal,
      log,
      baseDir: dir,
      timeZone: "UTC",
      call: (_, run) => run(new AbortController().signal),
      memo: undefined,
      known: { partitions: [], edges: async () => [] },
      pages: () => {
        throw new Error("a file has no cursor");
      },
      partial: (reason) => partial.push(reason),
      dataTime: () => undefined,
      now: Date.now,
      scope: () => undefined,
    })) {
      pages += 1;
      if (pages === 1) appendFileSync(join(dir, "people.csv"), "W9\n");
      expect(page.last).toBe(pages === 301);
    }
    expect(partial).toEqual(["the file was changed while it was read"]);
  });
});

describe("what cannot be read", () => {
  it.each<[string, string | Buffer, Settings, RegExp]>([
    [
      "a missing header",
      "ID,Mail,State,Start,End\nW1,,a,,\n",
      {},
      /no column "Status"; it has "ID", "Mail", "State", "Start", "End"/,
    ],
    [
      "no mapped header at all",
      "Nr,Adresse\nW1,x\n",
      {},
      /no column "ID", "Mail", "Status", "Start", "End"; it has "Nr", "Adresse"/,
    ],
    [
      "a file without a header line",
      "W1,ann@x.example,active,,\n",
      {},
      /first line does not look like a header$/,
    ],
    [
      "a header that stands twice",
      "ID,Mail,Mail,Status,Start,End\n",
      {},
      /"Mail" stands in the file more than once/,
    ],
    [
      "a quote that is never closed",
      'ID,Mail,Status,Start,End\nW1,"a,active,,\nW2,,active,,\n',
      {},
      /quote is opened and never closed/,
    ],
    [
      "bytes that are not UTF-8",
      iconv.encode("ID,Mail,Status,Start,End\nZoë,,active,,\n", "windows-1252"),
      {},
      /not UTF-8 text; name its encoding/,
    ],
    [
      "a file that does not exist",
      "",
      { path: "nobody.csv" },
      /^not found: the file \/.*\/nobody\.csv does not exist$/,
    ],
    ["a folder", "", { path: "." }, /it is a folder/],
  ])("fails with a reason: %s", async (_, content, settings, reason) => {
    file(content);
    const { read, lines } = await collect(settings);
    expect(read.verdict).toBe("failed");
    expect(read.reason).toMatch(reason);
    expect(read.reason).not.toContain("ann@x.example");
    expect(lines).toEqual([]);
  });

  it("names the permission that a file does not give", () => {
    // Tests may run as root, who may read everything; so this one starts from the error itself.
    const error = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    expect(collector.with((c) => c.classify?.(error))).toMatchObject({
      kind: "denied",
      permission: "file:read",
    });
  });

  it.each<[string, Settings, RegExp]>([
    ["no path", { path: undefined }, /does not say which file/],
    ["no worker id", { columns: { email: "Mail" } }, /sources\.hr\.columns\.workerId/],
    ["an unknown column", { columns: { workerId: "ID", salary: "Salary" } }, /salary/],
    ["an unknown status", { statusValues: { x: "gone" } }, /sources\.hr\.statusValues\.x/],
    ["an unknown zone", { timeZone: "Mars/Base" }, /IANA/],
    ["an unknown encoding", { encoding: "klingon" }, /encoding/],
    ["an unknown key", { colums: {} }, /colums/],
  ])("is a wrong configuration with %s", async (_, settings, message) => {
    file("ID\n");
    const error: unknown = await collect(settings).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect(String(error)).toMatch(message);
  });
});

describe("columns that are not mapped", () => {
  const canary = "CANARY-93000-EUR";
  const rows = [
    `ID,${canary}-header,Mail,Status,Start,End,Salary`,
    `W1,${canary},a@x.example,active,,,${canary}`,
    `W2,${canary},,active,,2026-02-30,"${canary}"`,
    `,${canary},,active,,,${canary}`,
    `W3,${canary}`,
    `W1,${canary},,active,,,${canary}`,
    `W4,${canary},,odd,,,${canary}`,
  ].join("\n");

  it.each([
    ["a good file", rows, {}],
    ["a file whose last quote is open", `${rows}\nW9,"${canary}`, {}],
    ["a read above its limit", rows, { rejectLimit: { count: 0 } }],
  ])("reach no snapshot, recording, log or reason: %s", async (_, content, settings) => {
    file(content);
    const { manifest, lines } = await collect(settings, { record: "recording" });
    const seen = [JSON.stringify(manifest), ...lines, ...logged];
    for (const name of readdirSync(join(dir, "recording"))) {
      seen.push(readFileSync(join(dir, "recording", name), "utf8"));
    }
    expect(seen.join("\n")).not.toContain(canary);
    expect(seen.join("\n")).toContain("workers");
  });
});

describe("a recording", () => {
  it("replays to the same lines, verdicts, rejects and times, without the file", async () => {
    file(
      `ID,Mail,Status,Start,End\n${Array.from({ length: 1_500 }, (_, i) => `W${i},w${i}@x.example,${i % 2 ? "active" : "odd"},2020-01-01,\n`).join("")}W3,,active,2020-01-01,\n`,
    );
    const live = await collect({}, { record: "recording" });
    await rm(join(dir, "people.csv"));
    const replayed = await collect({ path: undefined }, { recording: "recording" });
    expect(replayed.lines).toEqual(live.lines);
    expect(replayed.manifest.streams).toEqual(live.manifest.streams);
    expect(replayed.manifest.partitions).toEqual(live.manifest.partitions);
    expect(live.read.verdict).toBe("partial");
  });

  it("replays a failure as a failure", async () => {
    const live = await collect({ path: "nobody.csv" }, { record: "recording" });
    const replayed = await collect({}, { recording: "recording" });
    expect(replayed.manifest.partitions).toEqual(live.manifest.partitions);
    expect(replayed.read.verdict).toBe("failed");
  });
});

describe("doctor", () => {
  const look = (settings: Settings = {}) =>
    describeAccess({
      source: {
        name: "hr",
        type: "hr-csv",
        recording: undefined,
        schedule: undefined,
        settings: { path: "people.csv", columns, ...settings },
      },
      collector,
      known: { partitions: [], edges: async () => [] },
      signal: new AbortController().signal,
      log,
      baseDir: dir,
      timeZone: "UTC",
    });

  it("hears that a mapped column is not there, and does not read the rows", async () => {
    file(`sep=,\nID,Mail,State,Start,End\n${'W1,"never closed\n'.repeat(100_000)}`);
    expect((await look()).problem).toBe(
      'the file has no column "Status"; it has "ID", "Mail", "State", "Start", "End"',
    );
    file(`ID,Mail,Status,Start,End\n${'W1,"never closed\n'.repeat(100_000)}`);
    expect((await look()).problem).toBeUndefined();
    file("");
    expect((await look()).problem).toBeUndefined();
  });

  it("hears that the source can be opened, and what it needs", async () => {
    file("ID,Mail,Status,Start,End\n");
    expect(await look()).toMatchObject({
      problem: undefined,
      warnings: [],
      partitions: [{ id: "all" }],
      permissions: [{ name: "file:read" }],
    });
  });

  it.each<[string, Settings, RegExp]>([
    ["the dates", { columns: { workerId: "ID", endDate: "End" } }, /^no `status` column is mapped.*on leave/],
    ["nothing", { columns: { workerId: "ID" } }, /^neither `status` nor `endDate` .*ever seen to leave/],
    [
      "a roster of those who work",
      { columns: { workerId: "ID" }, roster: "active-only" },
      /^no `status`.*active$/,
    ],
  ])("hears that no status is mapped, and what is left: %s", async (_, settings, warning) => {
    file("ID,End\n");
    expect((await look(settings)).warnings).toEqual([expect.stringMatching(warning)]);
    logged = [];
    await collect(settings);
    expect(logged.join("\n").match(/^hr: n/gm)).toHaveLength(1);
  });

  it("hears that the file is not there", async () => {
    await rm(join(dir, "people.csv"), { force: true });
    expect((await look()).problem).toContain("people.csv does not exist");
  });
});
