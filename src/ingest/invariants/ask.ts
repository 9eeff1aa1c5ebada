import type { Params, Row } from "../../graph/index.js";
import { DERIVED_SOURCE } from "../../model/index.js";
import { assertionId } from "../assertion.js";
import { isTexts } from "../content.js";
import type { ReadMarker } from "../marker.js";
import { INVARIANTS, type Invariant, type Scope, type Statement } from "./invariants.js";
import type { Touched } from "./touched.js";
import { type InvariantId, SAMPLES, sampleOf, type Violation } from "./violation.js";

/** Runs a read: of the store, or inside a transaction. */
export type Ask = (cypher: string, params: Params) => Promise<readonly Row[]>;

export function scopeOf(
  markers: readonly Pick<ReadMarker, "source" | "system">[],
  globalIds: ReadonlySet<string>,
): Scope {
  const systems = new Map<string, string[]>();
  for (const { source, system } of markers) {
    const sources = systems.get(system) ?? [];
    systems.set(system, sources);
    if (source !== DERIVED_SOURCE && !sources.includes(source)) sources.push(source);
  }
  return { globalIds, systems };
}

/**
 * The invariants that what was written may violate. It asks nothing where nothing was written, and one statement a
 * batch of keys where something was; where that would be too many, each invariant once over the whole store.
 */
export async function suspectsAmong(
  ask: Ask,
  touched: Touched,
  scope: Scope,
  /** Called between statements: keeps the lease, throws when cancelled. */
  tick: () => Promise<void>,
): Promise<ReadonlySet<InvariantId>> {
  const suspects = new Set<InvariantId>();
  for (const invariant of INVARIANTS) {
    for (const { cypher, params } of touched.whole
      ? anyOf(invariant, scope)
      : invariant.touched(touched, scope)) {
      await tick();
      if ((await ask(named(invariant, cypher), params ?? {})).length === 0) continue;
      suspects.add(invariant.id);
      break;
    }
  }
  return suspects;
}

function* anyOf(invariant: Invariant, scope: Scope): Generator<Statement> {
  for (const { cypher, params = {} } of invariant.everything(scope)) {
    yield { cypher: `${cypher} RETURN record AS key LIMIT 1`, params };
  }
}

/** What the records of each (source, stream, partition) violate of these invariants, over the whole store. */
export async function violationsByPart(
  ask: Ask,
  invariants: ReadonlySet<InvariantId>,
  scope: Scope,
): Promise<ReadonlyMap<string, readonly Violation[]>> {
  const found = new Map<string, Violation[]>();
  for (const invariant of INVARIANTS) {
    if (!invariants.has(invariant.id)) continue;
    for (const { cypher, params = {} } of invariant.everything(scope)) {
      const rows = await ask(named(invariant, `${cypher} ${byPart(invariant)}`), params);
      for (const { source, stream, part, number, samples } of rows) {
        const id = assertionId({ source: String(source), stream: String(stream), partition: String(part) });
        const violations = found.get(id) ?? [];
        found.set(id, violations);
        violations.push({ invariant: invariant.id, count: Number(number), samples: samplesOf(samples) });
      }
    }
  }
  return found;
}

/** What the store violates of one invariant, whoever asserts it. */
export async function violationsInAll(ask: Ask, invariant: Invariant, scope: Scope): Promise<Violation> {
  let total = 0;
  const all: string[] = [];
  for (const { cypher, params = {} } of invariant.everything(scope)) {
    for (const { number, samples } of await ask(named(invariant, `${cypher} ${IN_ALL}`), params)) {
      total += Number(number);
      all.push(...samplesOf(samples));
    }
  }
  return { invariant: invariant.id, count: total, samples: all.sort().slice(0, SAMPLES) };
}

/** So that a server's log of queries says what a statement is for. */
function named(invariant: Invariant, cypher: string): string {
  return `/* ${invariant.id} */ ${cypher}`;
}

const IN_ALL = `WITH record ORDER BY record WITH count(record) AS number, collect(record) AS records
  RETURN number, records[0..${SAMPLES}] AS samples`;

/** Counts by who asserts it: `rank|source|stream|partition|hash`. */
function byPart(invariant: Invariant): string {
  const whose = invariant.of === "node" ? `WHERE source <> '${DERIVED_SOURCE}'` : "";
  return `UNWIND held AS x WITH record, split(x, '|') AS p
    WITH record, p[1] AS source, p[2] AS stream, p[3] AS part ${whose}
    WITH record, source, stream, part ORDER BY record
    WITH source, stream, part, count(record) AS number, collect(record) AS records
    RETURN source, stream, part, number, records[0..${SAMPLES}] AS samples`;
}

function samplesOf(value: Row[string] | undefined): string[] {
  return isTexts(value) ? value.map(sampleOf) : [];
}
