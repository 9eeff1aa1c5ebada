import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError, packageRoot } from "../../model/index.js";
import { loadRules } from "./load.js";

const HEADER = `id: TST-001
title: Accounts
status: stable
revision: 1
severity: low
subject: account
identity: [account]
columns:
  account: { type: key, means: The account. }
  name: { type: text, optional: true, means: Its name. }
reason: "{name|an account} is there."
population:
  means: accounts
  query: |
    MATCH (a:Account) RETURN count(a) AS population
needs:
  see: [Account]
evidence:
  - { column: account, role: access }
remediation:
  - { action: disableAccount, account: account }
controls:
  soc2: [CC6.2]
falsePositives: [none]
blindSpots: [none]
`;
const QUERY = "MATCH (a:Account)\nRETURN a.key AS account, a.name AS name\n";
const ruleOf = (header: string, query = QUERY) => `/*---\n${header}---*/\n${query}`;

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "exitgraph-rules-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder of its own with rules, each with cases and a guide. */
async function folderOf(rules: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, String(made++));
  await mkdir(join(folder, "family"), { recursive: true });
  for (const [slug, text] of Object.entries(rules)) {
    await writeFile(join(folder, "family", `${slug}.cypher`), text);
    await writeFile(join(folder, "family", `${slug}.test.yaml`), "rule: TST-001\n");
    await writeFile(join(folder, "family", `${slug}.md`), "# Guide\n");
  }
  return folder;
}

async function refusal(text: string): Promise<string> {
  const folder = await folderOf({ rule: text });
  try {
    await loadRules([folder]);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return String(error).replaceAll(`${folder}/family/`, "");
  }
  return "it was loaded";
}

/** The header with one line in place of another; the line must be there. */
function changed(line: string, other: string): string {
  expect(HEADER).toContain(line);
  return HEADER.replace(line, other);
}

describe("loadRules", () => {
  it("reads a rule with all that stands beside it", async () => {
    const folder = await folderOf({ rule: ruleOf(HEADER) });
    const [rule, other] = await loadRules([folder]);
    expect(other).toBeUndefined();
    expect(rule).toMatchObject({
      id: "TST-001",
      family: "family",
      file: join(folder, "family", "rule.cypher"),
      casesFile: join(folder, "family", "rule.test.yaml"),
      guideFile: join(folder, "family", "rule.md"),
      query: QUERY.trim(),
      columns: { name: { optional: true } },
      params: {},
      path: [],
      needs: { absenceOf: [] },
    });
  });

  it("reads a header behind a byte order mark and with Windows line ends", async () => {
    const text = `\uFEFF${ruleOf(HEADER).replaceAll("\n", "\r\n")}`;
    expect(await loadRules([await folderOf({ rule: text })])).toHaveLength(1);
  });

  it("loads users' folders beside the built-in rules, ordered by id", async () => {
    const own = await folderOf({ rule: ruleOf(HEADER) });
    const rules = await loadRules([join(packageRoot(), "queries"), own]);
    const ids = rules.map(({ id }) => id);
    expect(ids).toContain("TST-001");
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("refuses an id that another rule has, in any folder, and names both files", async () => {
    const first = await folderOf({ rule: ruleOf(HEADER) });
    const second = await folderOf({ other: ruleOf(HEADER) });
    await expect(loadRules([first, second])).rejects.toThrow(
      new RegExp(`${second}/family/other\\.cypher: the id TST-001 is taken by ${first}/family/rule\\.cypher`),
    );
  });

  it("refuses a folder that is not there", async () => {
    await expect(loadRules([join(root, "nowhere")])).rejects.toThrow(InputError);
    await expect(loadRules([join(root, "nowhere")])).rejects.toThrow(/cannot be read.*ENOENT/s);
  });

  it.each([
    ["test.yaml", /its cases \(rule\.test\.yaml\) are missing/],
    ["md", /its guide \(rule\.md\) are missing/],
  ])("refuses a rule without its .%s", async (ending, message) => {
    const folder = await folderOf({ rule: ruleOf(HEADER) });
    await rm(join(folder, "family", `rule.${ending}`));
    await expect(loadRules([folder])).rejects.toThrow(message);
  });

  it("loads none where one is refused", async () => {
    const folder = await folderOf({ a: ruleOf(HEADER), b: ruleOf(changed("TST-001", "tst-1")) });
    await expect(loadRules([folder])).rejects.toThrow(InputError);
  });

  it("loads the built-in rules from wherever they are installed", async () => {
    const copy = join(root, "installed");
    await cp(join(packageRoot(), "queries"), copy, { recursive: true });
    expect((await loadRules([copy])).length).toBeGreaterThanOrEqual(10);
  });
});

describe("a header is refused, at its place, with", () => {
  it.each<[string, string, RegExp]>([
    ["an unknown key", ruleOf(`${HEADER}owner: me\n`), /rule\.cypher:\d+:1: unknown key owner/],
    [
      "an unknown key further in",
      ruleOf(changed("{ type: key, means: The account. }", "{ type: key, means: A, secret: true }")),
      /rule\.cypher:10:\d+: unknown key secret in columns\.account/,
    ],
    ["a key twice", ruleOf(`${HEADER}title: Again\n`), /unique/],
    ["a missing key", ruleOf(changed("title: Accounts\n", "")), /title/],
    ["an id of another form", ruleOf(changed("id: TST-001", "id: tst-1")), /rule\.cypher:2:1: id: .*LVR-001/],
    [
      "an unknown severity",
      ruleOf(changed("severity: low", "severity: urgent")),
      /rule\.cypher:6:1: severity/,
    ],
    ["an unknown status", ruleOf(changed("status: stable", "status: draft")), /status/],
    ["a revision of zero", ruleOf(changed("revision: 1", "revision: 0")), /revision/],
    ["an unknown catalogue of controls", ruleOf(changed("soc2:", "soc3:")), /unknown key soc3/],
    ["an unknown column type", ruleOf(changed("type: text,", "type: word,")), /columns\.name\.type/],
    ["a record type of another form", ruleOf(changed("see: [Account]", "see: [account]")), /needs\.see/],
    ["no YAML", ruleOf("{ id: [\n"), /rule\.cypher:\d+:\d+/],
    ["the end of the comment in it", ruleOf(`${HEADER}# a */ b\n`), /\*\/, which would end the comment/],
    ["no header at all", QUERY, /rule\.cypher:1:1: the file does not begin with a header/],
    ["no end", `/*---\n${HEADER}\n${QUERY}`, /the header is never closed/],
    [
      "a column that RETURN does not give",
      ruleOf(changed("subject: account", "subject: account"), "MATCH (a:Account) RETURN a.key AS account"),
      /rule\.cypher:11:3: the column name is declared, and RETURN does not give it/,
    ],
    [
      "a column that it does not declare",
      ruleOf(HEADER, "MATCH (a:Account) RETURN a.key AS account, a.name AS name, a.email AS email"),
      /RETURN gives the column email, and the header does not say what it is/,
    ],
    ["a subject that is no column", ruleOf(changed("subject: account", "subject: thing")), /no column thing/],
    [
      "a subject that is no key",
      ruleOf(changed("subject: account", "subject: name")),
      /must be of the type key/,
    ],
    [
      "an optional column in the identity",
      ruleOf(changed("identity: [account]", "identity: [account, name]")),
      /name is part of the identity and may not be optional/,
    ],
    ["a reason with an unknown column", ruleOf(changed("{name|an account}", "{nam}")), /no column nam/],
    [
      "evidence that is no record",
      ruleOf(changed("{ column: account, role: access }", "{ column: name, role: access }")),
      /must be of the type key or keys or edge or edges/,
    ],
    [
      "a cut without an edge",
      ruleOf(changed("{ action: disableAccount, account: account }", "{ action: cut }")),
      /cut needs an edge, or reach/,
    ],
    [
      "unknown without outcome",
      ruleOf(`${HEADER}unknown: "{name} is not known."\n`),
      /unknown needs RETURN to give the column outcome/,
    ],
    [
      "outcome without unknown",
      ruleOf(HEADER, "MATCH (a:Account) RETURN a.key AS account, a.name AS name, 'finding' AS outcome"),
      /RETURN gives the column outcome/,
    ],
    [
      "a parameter that is not declared",
      ruleOf(HEADER, "MATCH (a:Account) WHERE a.age > $days RETURN a.key AS account, a.name AS name"),
      /the parameter \$days is used and not declared/,
    ],
    [
      "a parameter that is not used",
      ruleOf(`${HEADER}params:\n  days: { type: number, default: 9, means: Days. }\n`),
      /the parameter days is declared and not used/,
    ],
    [
      "a default of another type",
      ruleOf(`${HEADER}params:\n  days: { type: number, default: nine, means: Days. }\n`),
      /params\.days\.default/,
    ],
    [
      "a parameter that every rule is given",
      ruleOf(
        `${HEADER}params:\n  now: { type: number, default: 9, means: Now. }\n`,
        "MATCH (a:Account) WHERE a.at > $now RETURN a.key AS account, a.name AS name",
      ),
      /\$now is given to every rule/,
    ],
    [
      "a population of another name",
      ruleOf(changed("AS population", "AS total")),
      /the population's RETURN lacks the column population/,
    ],
    [
      "a population with more columns",
      ruleOf(changed("count(a) AS population", "count(a) AS population, 1 AS more")),
      /the population's RETURN gives more as well/,
    ],
    [
      "a population that writes",
      ruleOf(changed("MATCH (a:Account) RETURN", "MATCH (a:Account) SET a.x = 1 RETURN")),
      /SET: a rule only reads/,
    ],
    [
      "a scope that names nobody",
      ruleOf(
        changed("see: [Account]\n", "see: [Account]\n  absenceOf:\n    - { type: Account, scope: named }\n"),
      ),
      /needs the column that names: by/,
    ],
    [
      "names for a scope that needs none",
      ruleOf(
        changed(
          "see: [Account]\n",
          "see: [Account]\n  absenceOf:\n    - { type: Account, scope: all, by: name }\n",
        ),
      ),
      /by goes with the scope named/,
    ],
    [
      "names that are no list",
      ruleOf(
        changed(
          "see: [Account]\n",
          "see: [Account]\n  absenceOf:\n    - { type: Account, scope: named, by: name }\n",
        ),
      ),
      /the column name must be of the type texts/,
    ],
    [
      "a certainty that reach does not have",
      ruleOf(`${HEADER}reach: { start: account, only: { certainty: [sure] } }\n`),
      /reach\.only\.certainty/,
    ],
    [
      "a column that reach adds",
      ruleOf(
        `${changed("  name:", "  privilege:").replace("{name|", "{privilege|")}reach: { start: account }\n`,
      ),
      /reach adds the column privilege itself/,
    ],
  ])("%s", async (_, text, message) => {
    expect(await refusal(text)).toMatch(message);
  });

  it("says what it means and what to do", async () => {
    const text = await refusal(ruleOf(`${HEADER}owner: me\n`));
    expect(text).toContain("No rule was loaded.");
    expect(text).toContain("docs/rules.md");
  });
});
