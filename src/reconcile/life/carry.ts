import type { GraphStore } from "../../graph/index.js";
import { parseEdgeId } from "../../model/index.js";
import type { RuleEvaluation } from "../evaluate/evaluate.js";
import { fingerprintOf, identityOf, type Observation } from "../evaluate/observe.js";
import type { Finding } from "../finding.js";
import { closedFindings } from "../read.js";
import type { Rule } from "../rules/rule.js";
import { formerKeysOf, rekeysOf } from "./changes.js";
import { keysIn, rekeyFinding, rekeyRecord, rekeyValue } from "./rekey.js";

/** Findings as they were stored: what stands, and what is closed for now while an exception waits for it. */
export interface Stored {
  readonly standing: readonly Finding[];
  readonly dormant: readonly Finding[];
}

/** The same under the keys that their things have now. */
export interface Carried extends Stored {
  /** Former fingerprints, by the present ones; only where they differ. */
  readonly formerly: ReadonlyMap<string, string>;
}

/**
 * Follows findings to the keys that their things have now. A thing that has a new key takes its findings along (a key
 * that was learned, a person who turned out to be another one's second record). Where two persons are told apart
 * again, a finding goes with the one whose row it is.
 */
export async function carry(
  store: GraphStore,
  stored: Stored,
  byRule: ReadonlyMap<string, RuleEvaluation>,
  signal?: AbortSignal,
): Promise<Carried> {
  const all = [...stored.standing, ...stored.dormant];
  const rekeys = await rekeysOf(store, new Set(all.flatMap(keysIn)), signal);
  const names = new Names(stored);
  const standing = stored.standing.map((finding) =>
    names.rename(finding, rekeyFinding(finding, byRule.get(finding.rule)?.rule, rekeys)),
  );
  names.take(stored.dormant);
  const dormant = stored.dormant.map((finding) =>
    names.rename(finding, rekeyFinding(finding, byRule.get(finding.rule)?.rule, rekeys)),
  );
  const split = await toldApart(store, { standing, dormant }, byRule, signal);
  const follow = (finding: Finding) => {
    const own = split.get(finding);
    return own === undefined ? finding : names.rename(finding, own);
  };
  const followed = { standing: standing.map(follow), dormant: dormant.map(follow) };
  const listed = new Set([...all, ...standing, ...dormant]);
  const back = [...split].flatMap(([finding, own]) =>
    listed.has(finding) ? [] : names.rename(finding, own),
  );
  return {
    standing: followed.standing,
    dormant: [...followed.dormant, ...back.filter((own) => names.formerly.has(own.fingerprint))],
    formerly: names.formerly,
  };
}

/** Who has which fingerprint: no two findings may come to the same. */
class Names {
  readonly formerly = new Map<string, string>();
  readonly #taken: Set<string>;

  constructor({ standing }: Stored) {
    this.#taken = new Set(standing.map(({ fingerprint }) => fingerprint));
  }

  take(findings: readonly Finding[]): void {
    for (const { fingerprint } of findings) this.#taken.add(fingerprint);
  }

  /** Where both names were found before, the one under the newest key goes on, and the other keeps its own. */
  rename(finding: Finding, renamed: Finding): Finding {
    if (renamed.fingerprint === finding.fingerprint) return renamed;
    if (this.#taken.has(renamed.fingerprint)) return finding;
    this.#taken.add(renamed.fingerprint);
    const from = this.formerly.get(finding.fingerprint) ?? finding.fingerprint;
    this.formerly.delete(finding.fingerprint);
    if (from !== renamed.fingerprint) this.formerly.set(renamed.fingerprint, from);
    return renamed;
  }
}

/**
 * Findings without a row whose row is now another person's: one whose key once became an alias of theirs, or whose
 * employment was theirs, and who stands alone now. Each with what it is under that person's key. Of those closed for
 * good as well, which such a row opens again.
 */
async function toldApart(
  store: GraphStore,
  { standing, dormant }: Stored,
  byRule: ReadonlyMap<string, RuleEvaluation>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Finding, Finding>> {
  const known = new Set([...standing, ...dormant].map(({ fingerprint }) => fingerprint));
  const without = new Map<string, Finding>();
  for (const finding of [...standing, ...dormant]) {
    const rows = byRule.get(finding.rule)?.findings;
    if (finding.person === null || rows === undefined || rows.has(finding.fingerprint)) continue;
    without.set(finding.fingerprint, finding);
  }
  const found = new Map<Finding, Finding>();
  const rows = [...byRule.values()].flatMap(({ findings }) =>
    [...findings.values()].filter(({ person, fingerprint }) => person !== null && !known.has(fingerprint)),
  );
  const former = await formerKeysOf(store, new Set(rows.flatMap(({ person }) => person?.key ?? [])), signal);
  const employer = employersIn([...without.values()]);
  const formerOf = (row: Observation) => [
    ...(former.get(row.person?.key ?? "") ?? []),
    ...employmentsOf(row).flatMap(([person, job]) =>
      person === row.person?.key ? [...(employer.get(job) ?? [])].filter((key) => key !== person) : [],
    ),
  ];
  const under = (rule: Rule, row: Observation, key: string) =>
    fingerprintOf(
      rule.id,
      identityOf(rule, row.columns).map((cell) =>
        rekeyValue(cell, (text) => rekeyRecord(text, new Map([[row.person?.key ?? "", key]]))),
      ),
    );
  const asked = rows.flatMap((row) => {
    const rule = byRule.get(row.rule);
    return rule === undefined
      ? []
      : formerOf(row)
          .map((key) => under(rule.rule, row, key))
          .filter((print) => !known.has(print) && !rule.findings.has(print));
  });
  const closed = await closedFindings(
    store,
    [...new Set([...asked, ...rows.map((r) => r.fingerprint)])],
    signal,
  );
  const own = new Set(rows.map(({ fingerprint }) => fingerprint));
  for (const [print, finding] of closed) if (!own.has(print)) without.set(print, finding);
  for (const row of rows) {
    const rule = byRule.get(row.rule)?.rule;
    if (rule === undefined || row.person === null) continue;
    for (const key of formerOf(row)) {
      const finding = without.get(under(rule, row, key));
      // What closed under this very key is the row's own.
      if (finding === undefined || (finding.status === "closed" && closed.has(row.fingerprint))) continue;
      without.delete(finding.fingerprint);
      const apart = rekeyFinding(finding, rule, new Map([[key, row.person.key]]));
      found.set(finding, { ...apart, fingerprint: row.fingerprint });
      break;
    }
  }
  return found;
}

/** Person and employment of each EMPLOYED_AS in the evidence. */
function employmentsOf({ evidence }: Pick<Observation, "evidence">): readonly (readonly [string, string])[] {
  return evidence.flatMap(({ record }) => {
    const edge = parseEdgeId(record);
    return edge?.type === "EMPLOYED_AS" ? [[edge.from, edge.to] as const] : [];
  });
}

/** The persons of these findings, by the employments that they had. */
function employersIn(findings: readonly Finding[]): ReadonlyMap<string, ReadonlySet<string>> {
  const persons = new Map<string, Set<string>>();
  for (const finding of findings) {
    for (const [person, job] of employmentsOf(finding)) {
      if (person === finding.person?.key) persons.set(job, (persons.get(job) ?? new Set()).add(person));
    }
  }
  return persons;
}
