import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { type GraphStore, openStore } from "../graph/index.js";
import { InputError, messageOf, packageRoot } from "../model/index.js";
import { type CaseFile, loadCases, loadRules, type Rule, runCase } from "../reconcile/index.js";

/** What became of a rule's cases. */
export interface CheckedRule {
  readonly rule: string;
  readonly title: string;
  readonly cases: number;
  /** Those that do not hold, and why, in sentences. */
  readonly failed: readonly {
    readonly name: string;
    readonly kind: string;
    readonly problems: readonly string[];
  }[];
}

/**
 * Loads a folder of rules (an absolute path) beside the built-in ones, and runs its cases on an embedded store that
 * is made for it and removed, with rows in random order. Throws InputError where it holds no rule, or where a rule or
 * its cases are not understood: then nothing was run.
 */
export async function checkRules(folder: string, signal: AbortSignal): Promise<readonly CheckedRule[]> {
  if (!existsSync(folder)) throw new InputError({ what: `There is no folder ${folder}.` });
  const builtIn = join(packageRoot(), "queries");
  const rules =
    folder === builtIn ? await loadRules([builtIn]) : ownOf(await loadRules([builtIn, folder]), builtIn);
  if (rules.length === 0) {
    throw new InputError({
      what: `There is no rule in ${folder}.`,
      fix: "A rule is <family>/<slug>.cypher below it: docs/rules.md.",
    });
  }
  const files: { rule: Rule; file: CaseFile }[] = [];
  for (const rule of rules) files.push({ rule, file: await loadCases(rule) });
  return inStoreOfItsOwn(async (store) => {
    const checked: CheckedRule[] = [];
    for (const { rule, file } of files) checked.push(await checkOne(store, rule, file, signal));
    return checked;
  });
}

function ownOf(rules: readonly Rule[], builtIn: string): readonly Rule[] {
  return rules.filter(({ file }) => !file.startsWith(`${builtIn}${sep}`));
}

async function checkOne(
  store: GraphStore,
  rule: Rule,
  file: CaseFile,
  signal: AbortSignal,
): Promise<CheckedRule> {
  const failed: CheckedRule["failed"][number][] = [];
  for (const one of file.cases) {
    signal.throwIfAborted();
    const problems = await runCase(store, rule, file, one).catch((error: unknown) => [messageOf(error)]);
    if (problems.length > 0) failed.push({ name: one.name, kind: one.kind, problems });
  }
  return { rule: rule.id, title: rule.title, cases: file.cases.length, failed };
}

async function inStoreOfItsOwn<T>(work: (store: GraphStore) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "exitgraph-rules-"));
  try {
    const store = await openStore({ store: { engine: "embedded" }, dataDir, shuffleUnordered: true });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
