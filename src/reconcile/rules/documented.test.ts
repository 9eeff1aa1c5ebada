import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packageRoot } from "../../model/index.js";
import { CASE_KINDS } from "../cases/schema.js";
import { COLUMN_TYPES, headerSchema, REACH_COLUMNS } from "./header.js";
import { loadRules } from "./load.js";
import type { Rule } from "./rule.js";

const rules = await loadRules([join(packageRoot(), "queries")]);
const text = readFileSync(join(packageRoot(), "docs", "rules.md"), "utf8");

const CATALOGUES = {
  owaspNhi2025: "OWASP",
  nist80053r5: "800-53",
  csf20: "CSF",
  iso27001: "ISO 27001",
  soc2: "SOC 2",
  cis81: "CIS",
  pci401: "PCI",
} as const satisfies Record<keyof Rule["controls"], string>;

it("docs/rules.md lists the built-in rules as they are", () => {
  const [, listed] = /<!-- rules:begin -->\n\n?([\s\S]*?)\n?<!-- rules:end -->/.exec(text) ?? [];
  const now = tableOf(rules);
  expect(listed?.trim(), `Put this between the marks of docs/rules.md:\n\n${now}\n`).toBe(now);
});

it("docs/rules.md explains every key, column type, case kind and column that reach adds", () => {
  const words = [
    ...Object.keys(headerSchema.shape),
    ...Object.keys(headerSchema.shape.controls.shape),
    ...COLUMN_TYPES,
    ...CASE_KINDS,
    ...Object.keys(REACH_COLUMNS),
  ];
  expect(words.filter((word) => !text.includes(`\`${word}\``))).toEqual([]);
});

function tableOf(all: readonly Rule[]): string {
  const cells = [
    ["rule", "finds", "severity", "controls"],
    ...all.map((rule) => [
      `[${rule.id}](../queries/${rule.guideFile.split("/queries/").at(-1) ?? ""})`,
      rule.title,
      severityOf(rule),
      controlsOf(rule),
    ]),
  ];
  const width = (column: number) => Math.max(...cells.map((row) => (row[column] ?? "").length));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(width(i))).join(" | ")} |`;
  const [head = [], ...body] = cells;
  return [line(head), line(head.map((_, i) => "-".repeat(width(i)))), ...body.map(line)].join("\n");
}

function severityOf({ severity }: Rule): string {
  if (typeof severity === "string") return severity;
  return [...new Set([...Object.values(severity.values), severity.otherwise])].join(", ");
}

function controlsOf({ controls }: Rule): string {
  const catalogues: readonly (readonly [string, readonly string[] | undefined])[] = [
    [CATALOGUES.owaspNhi2025, controls.owaspNhi2025],
    [CATALOGUES.nist80053r5, controls.nist80053r5],
    [CATALOGUES.csf20, controls.csf20],
    [CATALOGUES.iso27001, controls.iso27001],
    [CATALOGUES.soc2, controls.soc2],
    [CATALOGUES.cis81, controls.cis81],
    [CATALOGUES.pci401, controls.pci401],
  ];
  return catalogues
    .flatMap(([name, ids]) => (ids === undefined ? [] : [`${name} ${ids.join(", ")}`]))
    .join("; ");
}
