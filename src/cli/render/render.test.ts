import { describe, expect, it } from "vitest";
import type { AccessDocument } from "../../export/index.js";
import type { EdgeRef, Finding, FindingsDocument, SourceStatus } from "../../reconcile/index.js";
import {
  accessTree,
  cutTo,
  exitCodeFor,
  findingDetail,
  findingList,
  findingsDocumentText,
  findingsInFull,
  historyTable,
  ingestTable,
  leaf,
  notEvaluatedBlock,
  PLAIN,
  pad,
  pathText,
  plain,
  runSummary,
  sourcesTable,
  styleFor,
  table,
  terminalLog,
  tree,
  whoCanTable,
  widthOf,
  wrap,
} from "./index.js";

const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\u009b31mAda\nadmin\r\t\u202eevil\u2066\u200b";
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066\u200b]/;

const edge = (from: string, type: string, to: string): EdgeRef => ({
  from: { key: `k/${from}`, label: "X", name: from },
  edge: type,
  to: { key: `k/${to}`, label: "X", name: to },
});

function finding(over: Partial<Finding> = {}): Finding {
  return {
    rule: "RES-001",
    revision: 1,
    fingerprint: "0123456789abcdef",
    status: "open",
    closedAs: null,
    closedReason: null,
    closedAt: null,
    checked: true,
    severity: "high",
    subject: { key: "prod/user/AIDA1", label: "Account", name: "apark" },
    person: { key: "hr/person/1", workerIds: ["1001"], name: "Ada Park" },
    reason: "left on 2026-10-31 and still reaches AdministratorAccess",
    path: [edge("Ada Park", "HAS_ACCOUNT", "apark"), edge("apark", "MEMBER_OF", "admins")],
    otherPaths: 2,
    cuts: [edge("apark", "MEMBER_OF", "admins")],
    remediation: [
      {
        command: "aws iam remove-user-from-group --user-name apark --group-name admins",
        reversible: true,
        affects: "this user only",
      },
    ],
    controls: { "ISO 27001:2022": ["5.18"], "SOC 2": [] },
    population: 12,
    firstSeen: "2026-11-01T06:00:00.000Z",
    lastSeen: "2026-11-21T06:00:00.000Z",
    run: "run-1",
    reopened: 0,
    proof: null,
    columns: {},
    evidence: [],
    exception: null,
    ...over,
  };
}

describe("text", () => {
  it("makes control characters visible and leaves names as they are", () => {
    expect(plain(HOSTILE)).not.toMatch(DANGEROUS);
    expect(plain("a\nb\u001b[31m\u202e")).toBe("a\\nb\\e[31m\\u202e");
    expect(plain("Zoë Müller 山田太郎 👩‍👩‍👧 محمد \ud800x")).toBe("Zoë Müller 山田太郎 👩‍👩‍👧 محمد \\ud800x");
  });

  it.each([
    ["abc", 3],
    ["Zoe\u0308", 3],
    ["山田太郎", 8],
    ["한국", 4],
    ["👩‍👩‍👧x", 3],
    ["❤️", 2],
    ["ﾊﾝｶｸ", 4],
    ["Ａ", 2],
    ["…└─", 3],
  ])("knows the width of %s", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it("cuts between characters only", () => {
    expect(cutTo("山田太郎", 8)).toBe("山田太郎");
    expect(cutTo("山田太郎", 7)).toBe("山田太…");
    expect(cutTo("山田太郎", 6)).toBe("山田…");
    expect(cutTo("abc", 0)).toBe("");
    expect(cutTo("abc", 1)).toBe("…");
    expect(pad("山", 4)).toBe("山  ");
    expect(pad("山", 4, "right")).toBe("  山");
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  });
});

describe("table", () => {
  const columns = [
    { title: "NAME", value: (r: { name: string; n: number }) => r.name, shrinkTo: 6 },
    { title: "N", value: (r: { name: string; n: number }) => String(r.n), align: "right" as const },
  ];

  it("aligns by width, not by length", () => {
    const text = table(
      [
        { name: "山田", n: 1 },
        { name: "Ada", n: 100 },
      ],
      columns,
      PLAIN,
    );
    expect(text).toBe(["NAME    N", "────  ───", "山田    1", "Ada   100"].join("\n"));
  });

  it("lets no cell break a row or reach the terminal", () => {
    const text = table([{ name: HOSTILE, n: 1 }], columns, PLAIN);
    expect(text.split("\n")).toHaveLength(3);
    expect(text).not.toMatch(DANGEROUS);
  });

  it("shrinks on a terminal and cuts nothing on a pipe", () => {
    const rows = [{ name: "x".repeat(100), n: 1 }];
    expect(table(rows, columns, PLAIN)).toContain("x".repeat(100));
    for (const line of table(rows, columns, { color: false, width: 30 }).split("\n")) {
      expect(widthOf(line)).toBeLessThanOrEqual(30);
    }
    // What may not shrink stays whole even where it does not fit.
    expect(table(rows, [{ title: "A", value: (r) => r.name }], { color: false, width: 30 })).toContain(
      "x".repeat(100),
    );
    expect(table([], columns, PLAIN)).toBe("");
  });

  it("colours cells without moving columns", () => {
    const painted = columns.map((c) => ({ ...c, paint: () => ["red"] as const }));
    const rows = [
      { name: "$&", n: 1 },
      { name: "山田", n: 22 },
    ];
    const text = table(rows, painted, { color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is taken off to compare
    expect(text.replace(/\u001b\[[0-9;]*m/g, "")).toBe(table(rows, columns, PLAIN));
    expect(text).toContain("\u001b[31m$&\u001b[0m");
  });
});

describe("styleFor", () => {
  it("colours a terminal only, and not with NO_COLOR or a dumb one", () => {
    expect(styleFor({ isTTY: true, columns: 120 }, {})).toEqual({ color: true, width: 120 });
    expect(styleFor({ isTTY: true }, { NO_COLOR: "" }).color).toBe(true);
    expect(styleFor({ isTTY: true }, { NO_COLOR: "1" }).color).toBe(false);
    expect(styleFor({ isTTY: true }, { TERM: "dumb" }).color).toBe(false);
    expect(styleFor({}, {})).toEqual({ color: false });
  });
});

describe("tree", () => {
  it("draws branches, and takes deep nesting", () => {
    expect(tree(leaf("a", [leaf("b", [leaf("c\n")]), leaf("d")]))).toBe("a\n├─ b\n│  └─ c\\n\n└─ d");
    let deep = leaf("x");
    for (let i = 0; i < 5_000; i++) deep = leaf("x", [deep]);
    expect(tree(deep).split("\n")).toHaveLength(5_001);
  });
});

describe("terminalLog", () => {
  function log(isTTY: boolean, env: Record<string, string> = {}, extra = {}) {
    let text = "";
    let time = 0;
    const it = terminalLog({
      stream: { isTTY, columns: 60, write: (s: string) => (text += s) },
      env,
      now: () => time,
      ...extra,
    });
    return {
      log: it,
      text: () => text,
      at: (ms: number) => {
        time = ms;
      },
    };
  }

  it("replaces progress in place on a terminal, with counts and rate", () => {
    const t = log(true, { NO_COLOR: "1" });
    t.log.progress("prod", 0, "records", 4000);
    t.at(50);
    t.log.progress("prod", 10, "records", 4000);
    t.at(2_000);
    t.log.progress("prod", 2000, "records", 4000);
    expect(t.text()).toBe(
      "\r\u001b[2Kprod: 0 of 4,000 records\r\u001b[2Kprod: 2,000 of 4,000 records, 1,000/s",
    );
    t.log.info("hello", { source: "prod", skipped: undefined, n: 3 });
    expect(t.text().endsWith("\r\u001b[2Khello source=prod n=3\n")).toBe(true);
    t.at(4_000);
    t.log.progress("prod", 4000, "records", 4000);
    expect(t.text().endsWith("prod: 4,000 of 4,000 records, 1,000/s\n")).toBe(true);
    t.log.progress("other", 1, "rows");
    t.log.end();
    expect(t.text().endsWith("\r\u001b[2Kother: 1 rows\n")).toBe(true);
  });

  it("writes plain, throttled lines to a pipe", () => {
    const t = log(false);
    for (let ms = 0; ms <= 11_000; ms += 10) {
      t.at(ms);
      t.log.progress("prod", ms, "records");
    }
    t.log.end();
    expect(t.text()).toBe(
      "prod: 5,000 records, 1,000/s\nprod: 10,000 records, 1,000/s\nprod: 11,000 records, 1,000/s\n",
    );
    expect(t.text()).not.toMatch(DANGEROUS);
  });

  it("neutralises messages, tasks and fields", () => {
    const t = log(false, {}, { verbose: true });
    t.log.warn(`two\nlines ${HOSTILE}`, { [HOSTILE]: HOSTILE, o: { a: HOSTILE } });
    t.log.debug("fine");
    t.log.progress(HOSTILE, 1, HOSTILE, 1);
    expect(t.text()).not.toMatch(DANGEROUS);
    expect(t.text()).toMatch(/^warning: two\nlines /);
    expect(t.text()).toContain("fine\n");
  });

  it("keeps quiet when told, but for warnings", () => {
    const t = log(true, {}, { quiet: true });
    t.log.info("x");
    t.log.debug("y");
    t.log.progress("p", 1, "r");
    t.log.progress("p", 2, "r", 2);
    t.log.end();
    expect(t.text()).toBe("");
    t.log.warn("w");
    expect(t.text()).toContain("w\n");
  });
});

describe("exitCodeFor", () => {
  const at = (severity: Finding["severity"], isNew = false, status: Finding["status"] = "open") => ({
    severity,
    isNew,
    status,
  });
  it.each([
    [0, { incomplete: false, failOn: undefined, findings: [at("critical", true)] }],
    [4, { incomplete: true, failOn: undefined, findings: [] }],
    [4, { incomplete: true, failOn: "low", findings: [at("critical", true)] }],
    [3, { incomplete: false, failOn: "high", findings: [at("low"), at("critical")] }],
    [3, { incomplete: false, failOn: "high", findings: [at("high")] }],
    [0, { incomplete: false, failOn: "high", findings: [at("medium", true)] }],
    [3, { incomplete: false, failOn: "new", findings: [at("low", true)] }],
    [0, { incomplete: false, failOn: "new", findings: [at("critical")] }],
    [
      0,
      {
        incomplete: false,
        failOn: "low",
        findings: [at("critical", true, "excepted"), at("high", true, "closed")],
      },
    ],
  ] as const)("gives %i", (code, outcome) => {
    expect(exitCodeFor(outcome)).toBe(code);
  });
});

describe("paths", () => {
  it("reads along and against edges, and begins anew where two do not join", () => {
    expect(pathText([edge("Ada Park", "HAS_ACCOUNT", "apark"), edge("apark", "MEMBER_OF", "admins")])).toBe(
      "Ada Park -HAS_ACCOUNT-> apark -MEMBER_OF-> admins",
    );
    expect(pathText([edge("Ada", "HAS_ACCOUNT", "ada"), edge("bot", "OWNED_BY", "ada")])).toBe(
      "Ada -HAS_ACCOUNT-> ada <-OWNED_BY- bot",
    );
    expect(
      pathText([
        { ...edge("Ada", "OWNED_BY", "bot"), reversed: true },
        edge("bot", "HAS_ENTITLEMENT", "right"),
      ]),
    ).toBe("Ada <-OWNED_BY- bot -HAS_ENTITLEMENT-> right");
    expect(
      pathText([edge("Ada", "HAS_ACCOUNT", "ada"), { ...edge("ada", "OWNED_BY", "bot"), reversed: true }]),
    ).toBe("Ada -HAS_ACCOUNT-> ada <-OWNED_BY- bot");
    expect(pathText([edge("a", "E", "b"), edge("c", "F", "d")])).toBe("a -E-> b ; c -F-> d");
    expect(pathText([])).toBe("");
  });
});

describe("findings", () => {
  it("lists the worst first and counts", () => {
    const text = findingList(
      [
        finding({ severity: "low", rule: "DQ-001", person: null }),
        finding({ severity: "critical", rule: "LVR-001", checked: false }),
        finding({ status: "excepted", exception: { id: "e", until: "2027-01-01T08:00:00.000Z" } }),
      ],
      PLAIN,
      "America/Los_Angeles",
    );
    const lines = text.split("\n");
    expect(lines[2]).toMatch(
      /^critical\s+LVR-001\s+0123456789\s+Ada Park\s+apark\s+2026-11-01\s+open, not checked\s+\S/,
    );
    expect(lines[3]).toMatch(/excepted until 2026-12-31/);
    expect(lines[4]).toMatch(/^low\s+DQ-001\s+0123456789\s+-/);
    expect(lines.at(-1)).toBe("3 findings: 1 critical, 1 high, 1 low (2 open, 1 excepted)");
    expect(findingList([], PLAIN)).toBe("");
  });

  it("says where to change what only follows from something", () => {
    const cut = {
      ...edge("Ada Park", "HAS_ACCOUNT", "apark"),
      changeAt: "It follows from the mapping file.",
    };
    expect(findingDetail(finding({ cuts: [cut] }), PLAIN)).toContain(
      "  cut:         Ada Park -HAS_ACCOUNT-> apark\n               It follows from the mapping file.\n",
    );
  });

  it("shows all of one, with its path and its proof", () => {
    const text = findingDetail(
      finding({
        status: "closed",
        closedAs: "removed",
        closedAt: "2026-11-20T10:00:00.000Z",
        closedReason: "a complete read no longer saw it",
        proof: {
          read: "prod-20261120T100000Z-abcdef",
          source: "prod",
          stream: "account-authorization",
          partition: "111122223333",
          at: "2026-11-20T10:00:00.000Z",
          record: "MEMBER_OF|a|b|",
          change: "removed",
          lastSeenAt: "2026-11-19T10:00:00.000Z",
        },
      }),
      PLAIN,
    );
    expect(text).toContain(
      "path:        Ada Park -HAS_ACCOUNT-> apark -MEMBER_OF-> admins (and 2 more paths)",
    );
    expect(text).toContain("remediation: aws iam remove-user-from-group");
    expect(text).toContain("reversible; affects this user only");
    expect(text).toContain("controls:    ISO 27001:2022 5.18\n");
    expect(text).toContain(
      "by the read prod-20261120T100000Z-abcdef (prod, 111122223333) of 2026-11-20 10:00Z; last seen 2026-11-19 10:00Z",
    );
  });

  it("calls it no findings only where everything was judged", () => {
    const hr: SourceStatus = {
      name: "hr",
      partition: "all",
      verdict: "complete",
      state: "applied",
      readAt: null,
      reason: null,
    };
    const none: FindingsDocument = { schemaVersion: 1, findings: [], notEvaluated: [], sources: [hr] };
    const partly = "No findings among what could be judged.";
    const first = (document: FindingsDocument, reading = {}) =>
      findingsDocumentText(document, PLAIN, reading).split("\n", 1)[0];
    expect(findingsDocumentText(none, PLAIN)).toBe("No findings.");
    expect(findingsInFull(none, PLAIN)).toBe("No findings.");
    expect(first({ ...none, sources: [{ ...hr, verdict: "partial" }] })).toBe(partly);
    expect(first({ ...none, sources: [{ ...hr, state: "stopped" }] })).toBe(partly);
    expect(first({ ...none, sources: [] })).toBe(partly);
    const gap = { rule: "LVR-001", source: "hr", partition: "all", reason: "x" };
    expect(first({ ...none, notEvaluated: [gap] })).toBe(partly);
    const text = findingsDocumentText(none, PLAIN, { notApplicable: ["LVR-001", "RES-001"] });
    expect(text.split("\n", 1)[0]).toBe(partly);
    expect(text).toMatch(/Not applicable: .*\n {4}LVR-001, RES-001$/);
    expect(first(none, { ran: false })).toBe(
      "Nothing was judged yet: `exitgraph run` reads the sources and judges.",
    );
  });

  it("says what was not evaluated and which sources were not read whole", () => {
    const document: FindingsDocument = {
      schemaVersion: 1,
      findings: [],
      notEvaluated: [
        { rule: "RES-001", source: "prod", partition: "1", reason: "denied iam:ListAccessKeys" },
        { rule: "LVR-002", source: "prod", partition: "1", reason: "denied iam:ListAccessKeys" },
      ],
      sources: [
        {
          name: "hr",
          partition: "all",
          verdict: "complete",
          state: "applied",
          readAt: "2026-11-21T05:00:00.000Z",
          reason: null,
        },
        { name: "prod", partition: "1", verdict: "failed", state: "applied", readAt: null, reason: "denied" },
        {
          name: "old",
          partition: "2",
          verdict: "complete",
          state: "stopped",
          readAt: null,
          reason: "too many",
        },
      ],
    };
    const text = findingsDocumentText(document, PLAIN);
    expect(text).toContain("Not evaluated (1 gap)");
    expect(text).toContain("prod (1): denied iam:ListAccessKeys\n    LVR-002, RES-001");
    expect(text).toMatch(/prod\s+1\s+never\s+failed/);
    expect(text).toMatch(/old .*stopped by the guard/);
    expect(text).not.toMatch(/^hr /m);
    expect(notEvaluatedBlock([], PLAIN)).toBe("");
  });

  it("says a cause that several streams and rules share once", () => {
    const gap = (rule: string, reason: string) => ({ rule, source: "prod", partition: "1", reason });
    const text = notEvaluatedBlock(
      [
        gap(
          "LVR-001",
          "users: the newest read is failed: denied; sorry (needed for Account.status); keys: the newest read is failed: denied; sorry (needed for Account.status)",
        ),
        gap("LVR-002", "keys: the newest read is failed: denied; sorry (needed for Credential)"),
        gap(
          "RES-001",
          "users: the newest read is failed: denied; sorry (needed for MEMBER_OF); report: it is older (needed for ON)",
        ),
        gap("LVR-001", "Nothing says whether ada (x) is enabled."),
      ],
      PLAIN,
    );
    expect(text.split("\n").slice(1)).toEqual([
      "  prod (1): users, keys: the newest read is failed: denied; sorry",
      "    LVR-001, LVR-002",
      "  prod (1): users: the newest read is failed: denied; sorry; report: it is older",
      "    RES-001",
      "  prod (1): Nothing says whether ada (x) is enabled.",
      "    LVR-001",
    ]);
    const status = {
      name: "prod",
      partition: "1",
      verdict: "failed",
      state: "applied",
      readAt: null,
      reason: "users: it was denied; keys: it was denied; report: it is older",
    } as const;
    expect(sourcesTable([status], PLAIN)).toMatch(/ users, keys: it was denied; report: it is older$/);
  });

  it("shows how each source stands", () => {
    const hr = { name: "hr", partition: "all", readAt: "2026-11-21T05:00:00.000Z", reason: null } as const;
    const status: SourceStatus = { ...hr, verdict: "complete", state: "applied" };
    expect(sourcesTable([status], PLAIN)).toMatch(/hr\s+all\s+2026-11-21 05:00Z\s+complete/);
  });
});

const access: AccessDocument = {
  schemaVersion: 1,
  person: {
    key: "hr/person/1",
    name: HOSTILE,
    emails: [],
    workerIds: ["1001"],
    standing: "leaver",
    standingBasis: null,
    lastDay: "2026-10-31",
    department: "Eng",
    manager: { key: "m", label: "Person", name: HOSTILE },
    employments: [
      {
        key: "e",
        workerId: "1001",
        status: "terminated",
        statusMapped: true,
        statusText: null,
        type: "employee",
        start: "2020-01-01",
        end: "2026-10-31",
        since: 0,
        until: 1,
        left: false,
        department: "Eng",
        title: HOSTILE,
        missing: true,
      },
    ],
  },
  accounts: [
    {
      account: {
        key: "a",
        label: "Account",
        name: HOSTILE,
        provider: "AwsUser",
        source: "prod",
        status: "enabled",
        accountType: "human",
        lastUsedAt: 0,
      },
      link: { rule: "email", confidence: "high" },
      credentials: [{ key: "c", label: "Credential", name: "AKIA1", status: "active" }],
      reached: [
        {
          entitlement: { key: "x", label: "Entitlement", name: "AdministratorAccess" },
          privilege: "admin",
          resource: { key: "r", label: "Resource", name: "111122223333" },
          certainty: "conditional",
          direct: false,
          through: [],
          path: [
            edge("apark", "MEMBER_OF", HOSTILE),
            edge(HOSTILE, "HAS_ENTITLEMENT", "AdministratorAccess"),
          ],
        },
      ],
    },
  ],
};

describe("views", () => {
  it("draws access as a tree, and no hostile name gets through", () => {
    const text = accessTree(access, { color: false });
    expect(text).not.toMatch(DANGEROUS);
    expect(text).toContain("(1001): has left, last day 2026-10-31");
    expect(text).toContain("1001, 2020-01-01 to 2026-10-31, employee, terminated");
    expect(text).toContain("[prod; enabled; human; last used 1970-01-01 00:00Z; linked by email, high]");
    expect(text).toContain("AKIA1 (active credential)");
    expect(text).toContain("AdministratorAccess on 111122223333 (admin, conditional)");
    expect(accessTree({ ...access, accounts: [] }, PLAIN)).toContain("no account is known");
    const person = {
      ...access.person,
      standing: "active" as const,
      standingBasis: "noPastLastDay" as const,
      lastDay: null,
      employments: access.person.employments.map((one) => ({
        ...one,
        status: "unknown",
        statusMapped: false,
      })),
    };
    const [job] = access.person.employments;
    const lines = [
      { status: "unknown", statusText: `Sab${HOSTILE}` },
      { status: "unknown", statusText: "", start: null },
      { start: null, end: null },
      { end: null },
    ].map((given) =>
      accessTree(
        {
          ...access,
          person: { ...access.person, employments: job === undefined ? [] : [{ ...job, ...given }] },
        },
        PLAIN,
      ),
    );
    expect(lines.join("\n")).not.toMatch(DANGEROUS);
    expect(lines[0]).toMatch(
      /1001, 2020-01-01 to 2026-10-31, employee, the status "Sab.*", which nothing explains/,
    );
    expect(lines[1]).toContain("1001, until 2026-10-31, employee, no status, ");
    expect(lines[2]).toContain("1001, employee, terminated, ");
    expect(lines[3]).toContain("1001, since 2020-01-01, employee, ");
    const byDates = accessTree({ ...access, person }, PLAIN);
    expect(byDates).toContain("(1001): active (no HR status is mapped, and no last day has passed)");
    expect(byDates).toContain("1001, 2020-01-01 to 2026-10-31, employee, ");
    expect(byDates).not.toContain("unknown");
  });

  it("neutralises every view", () => {
    const hostile = { key: HOSTILE, label: HOSTILE, name: HOSTILE };
    const path = [{ from: hostile, edge: HOSTILE, to: hostile }];
    const texts = [
      findingList([finding({ rule: HOSTILE, reason: HOSTILE, subject: hostile })], PLAIN),
      findingDetail(
        finding({
          rule: HOSTILE,
          reason: HOSTILE,
          fingerprint: HOSTILE,
          subject: hostile,
          person: { key: HOSTILE, workerIds: [HOSTILE], name: HOSTILE },
          path,
          cuts: path,
          remediation: [{ command: HOSTILE, reversible: false, affects: HOSTILE }],
          controls: { [HOSTILE]: [HOSTILE] },
          closedReason: HOSTILE,
          status: "closed",
          firstSeen: HOSTILE,
        }),
        PLAIN,
      ),
      whoCanTable(
        {
          schemaVersion: 1,
          target: hostile,
          rows: [
            {
              person: { key: HOSTILE, name: HOSTILE, standing: "leaver" },
              identity: hostile,
              status: HOSTILE,
              target: hostile,
              privilege: HOSTILE,
              certainty: "active",
              path,
            },
          ],
        },
        PLAIN,
      ),
      historyTable(
        {
          person: hostile,
          on: HOSTILE,
          accounts: [{ account: hostile, held: "notHeld" }],
          rows: [{ account: hostile, right: hostile, held: "betweenReads", path }],
        },
        PLAIN,
      ),
      notEvaluatedBlock([{ rule: HOSTILE, source: HOSTILE, partition: HOSTILE, reason: HOSTILE }], PLAIN),
      sourcesTable(
        [
          {
            name: HOSTILE,
            partition: HOSTILE,
            verdict: "failed",
            state: "applied",
            readAt: HOSTILE,
            reason: HOSTILE,
          },
        ],
        PLAIN,
      ),
    ];
    for (const text of texts) expect(text).not.toMatch(DANGEROUS);
  });

  it("counts who can, and what was held", () => {
    expect(
      whoCanTable(
        { schemaVersion: 1, target: { key: "t", label: "Resource", name: "vault" }, rows: [] },
        PLAIN,
      ),
    ).toContain("Nobody that is known.");
    const row = (key: string, person: string | null) => ({
      person: person === null ? null : { key: person, name: person, standing: "active" as const },
      identity: { key, label: "Account", name: key },
      status: "enabled",
      target: { key: "t", label: "Entitlement", name: "admin" },
      privilege: "admin",
      certainty: "active" as const,
      path: [],
    });
    expect(
      whoCanTable(
        {
          schemaVersion: 1,
          target: { key: "t", label: "Resource", name: "v" },
          rows: [row("a", "p"), row("b", "p"), row("c", null)],
        },
        PLAIN,
      ),
    ).toMatch(/\n3 identities, of 1 person$/);
    const ada = { key: "p", label: "Person", name: "Ada" };
    const node = (name: string) => ({ key: name, label: "Entitlement", name });
    const nothing = historyTable({ person: ada, on: "2026-10-31", accounts: [], rows: [] }, PLAIN);
    expect(nothing).toContain("No account that a read saw.");
    const text = historyTable(
      {
        person: ada,
        on: "2026-10-31",
        accounts: [{ account: node("ada"), held: "held" }],
        rows: (["held", "notHeld", "betweenReads"] as const).map((held) => ({
          account: node("ada"),
          right: node(held),
          held,
          path: [edge("ada", "HAS_ENTITLEMENT", held)],
        })),
      },
      PLAIN,
    );
    expect(text).toMatch(
      /ada\s+Entitlement betweenReads\s+between reads\s+ada -HAS_ENTITLEMENT-> betweenReads/,
    );
    expect(text).toMatch(/\n1 right held, 1 right between two reads$/);
  });

  it("sums up a run", () => {
    const partition = {
      source: "prod",
      stream: "account-authorization",
      partition: "111122223333",
      verdict: "complete" as const,
      state: "applied" as const,
      reason: null,
      added: 1200,
      changed: 1,
      removed: 0,
      missing: 0,
      unchanged: 3,
    };
    expect(ingestTable([partition], PLAIN)).toMatch(/complete\s+1,200\s+1\s+0\s+0\s+3$/);
    const unread = { verdict: "failed", state: "applied", readAt: null, reason: "gone" } as const;
    const text = runSummary(
      {
        run: "r1",
        asOf: "2026-11-01",
        partitions: [
          partition,
          { ...partition, verdict: "failed", reason: "denied" },
          { ...partition, verdict: "partial", reason: "INV-2: …", violations: [{}] },
        ],
        opened: 3,
        reopened: 0,
        removed: 1,
        noLongerApplies: 0,
        endedExceptions: [
          { id: "ex1", rule: "LVR-001", fingerprint: "a".repeat(64), because: "expired" },
          { id: "ex2", rule: "LVR-001", fingerprint: "b".repeat(64), because: "removed" },
        ],
        standing: [{ severity: "high", status: "open" }],
        notEvaluated: [],
        notApplicable: ["DQ-001"],
        sources: [
          { name: partition.source, partition: partition.partition, ...unread },
          { name: "other", partition: "all", ...unread },
        ],
      },
      PLAIN,
    );
    expect(text).toContain("1 partition not read whole");
    expect(text).toContain("1 partition at odds with the graph: nothing is proved there");
    expect(text).toMatch(/Sources that were not read whole:\n.*\n.*\nother +all +never +failed +gone\n/);
    expect(text).toContain("DQ-001");
    expect(text).toContain("Run r1 as of 2026-11-01: 3 opened, 1 removed (proved).");
    expect(text).toContain(
      "\nException ex1 for LVR-001 aaaaaaaaaa ended: its last day is over.\nException ex2 for LVR-001 bbbbbbbbbb ended: a read proved what it was for removed.\n",
    );
    expect(text.endsWith("1 finding: 1 high stands.")).toBe(true);
  });
});
