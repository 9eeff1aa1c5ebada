import type { GraphStore } from "../../graph/index.js";
import type { RuleEvaluation } from "../evaluate/evaluate.js";
import { fingerprintOf, identityOf } from "../evaluate/observe.js";
import type { Finding } from "../finding.js";
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
  return { standing: standing.map(follow), dormant: dormant.map(follow), formerly: names.formerly };
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
 * Findings without a row whose row is now another person's: one whose key once became an alias of theirs, and who
 * stands alone again. Each with what it is under that person's key.
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
  if (without.size === 0) return found;
  const rules = new Set([...without.values()].map(({ rule }) => rule));
  const rows = [...rules].flatMap((id) =>
    [...(byRule.get(id)?.findings.values() ?? [])].filter(
      ({ person, fingerprint }) => person !== null && !known.has(fingerprint),
    ),
  );
  const former = await formerKeysOf(store, new Set(rows.flatMap(({ person }) => person?.key ?? [])), signal);
  for (const row of rows) {
    const rule = byRule.get(row.rule)?.rule;
    if (rule === undefined || row.person === null) continue;
    for (const key of former.get(row.person.key) ?? []) {
      const back = new Map([[row.person.key, key]]);
      const identity = identityOf(rule, row.columns).map((cell) =>
        rekeyValue(cell, (text) => rekeyRecord(text, back)),
      );
      const finding = without.get(fingerprintOf(rule.id, identity));
      if (finding === undefined) continue;
      without.delete(finding.fingerprint);
      const apart = rekeyFinding(finding, rule, new Map([[key, row.person.key]]));
      found.set(finding, { ...apart, fingerprint: row.fingerprint });
      break;
    }
  }
  return found;
}
