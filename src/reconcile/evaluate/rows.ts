import type { CellValue, GraphStore, ParamValue, Row } from "../../graph/index.js";
import { canonicalJson, EDGE_TYPES, edgeId, InputError } from "../../model/index.js";
import {
  CERTAINTIES,
  type Certainty,
  type ReachedWithCuts,
  type ReachGraph,
  walkAllWithCuts,
} from "../../reach/index.js";
import { OUTCOME } from "../rules/header.js";
import { columnProblem, type Rule } from "../rules/rule.js";

/** One row of a rule: what its query returned and, for a rule with reach, one thing that is reached from there. */
export interface RuleRow {
  readonly columns: Readonly<Record<string, CellValue>>;
  readonly outcome: "finding" | "unknown";
  readonly reached: ReachedWithCuts | undefined;
}

export interface Clock {
  /** Epoch ms at which HR status and assignments are judged. */
  readonly now: number;
  /** The same as an ISO date in the company's zone. */
  readonly today: string;
}

/** Values of a rule's parameters: the defaults, what the configuration says, and the clock. */
export function paramsOf(
  rule: Rule,
  given: Readonly<Record<string, ParamValue>> | undefined,
  clock: Clock,
): Readonly<Record<string, string | number | boolean>> {
  const params: Record<string, string | number | boolean> = { now: clock.now, today: clock.today };
  for (const [name, { default: value }] of Object.entries(rule.params)) params[name] = value;
  for (const [name, value] of Object.entries(given ?? {})) {
    const declared = rule.params[name];
    const wanted = { text: "string", number: "number", flag: "boolean" } as const;
    if (declared === undefined || typeof value !== wanted[declared.type]) {
      throw new InputError({
        what: `rules.params: ${rule.id} ${declared === undefined ? `has no parameter ${name}` : `wants a ${declared.type} as ${name}`}.`,
        means: "No rule was run.",
        fix: `\`exitgraph rules\` shows what ${rule.id} takes.`,
      });
    }
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      params[name] = value;
  }
  return params;
}

/**
 * Runs a rule's query, and walks on from its starts where it has reach. The rows come in an order of their own;
 * lists whose order says nothing (keys, edges) are ordered, so that equal answers are equal.
 */
export async function rowsOf(
  rule: Rule,
  o: {
    readonly store: GraphStore;
    readonly params: Readonly<Record<string, ParamValue>>;
    readonly now: number;
    readonly reach: () => Promise<ReachGraph>;
    readonly signal?: AbortSignal;
  },
): Promise<readonly RuleRow[]> {
  const used = Object.fromEntries(
    Object.entries(o.params).filter(([name]) => new RegExp(`\\$${name}\\b`).test(rule.query)),
  );
  const rows: RuleRow[] = [];
  const options = { params: used, ...(o.signal === undefined ? {} : { signal: o.signal }) };
  for await (const batch of o.store.read(rule.query, options)) {
    for (const row of batch) rows.push(typed(rule, row));
  }
  if (rule.reach === undefined || rows.length === 0) return rows;
  const graph = await o.reach();
  if (!mayReach(graph, rule.reach.only?.certainty ?? CERTAINTIES)) return [];
  return walked(rows, rule.reach.start, graph, o.now, o.signal);
}

/** The denominator, and what is left out of it on purpose. */
export async function populationOf(
  rule: Rule,
  store: GraphStore,
  params: Readonly<Record<string, ParamValue>>,
  signal?: AbortSignal,
): Promise<{ readonly population: number; readonly excluded: number }> {
  const { query } = rule.population;
  const used = Object.fromEntries(
    Object.entries(params).filter(([name]) => new RegExp(`\\$${name}\\b`).test(query)),
  );
  const [row] = await store.rows(query, used, signal);
  const number = (value: CellValue | undefined) => (typeof value === "number" ? value : 0);
  return { population: number(row?.population), excluded: number(row?.excluded) };
}

function typed(rule: Rule, row: Row): RuleRow {
  const columns: Record<string, CellValue> = {};
  for (const [name, declared] of Object.entries(rule.columns)) {
    const value = row[name];
    const problem = columnProblem(declared, value);
    if (problem !== undefined) {
      throw new InputError({
        what: `${rule.file}: the column ${name} of ${rule.id} ${problem}: ${JSON.stringify(value)}.`,
        means: "The run was not recorded.",
        fix: `Correct the query, or declare the column as it is.`,
      });
    }
    const sorts = declared.type === "keys" || declared.type === "edges" || declared.type === "texts";
    const isEdge = declared.type === "edge" || declared.type === "edges";
    const given = isEdge ? encoded(value ?? null) : (value ?? null);
    columns[name] = sorts && isList(given) ? sorted(given) : given;
  }
  return { columns, outcome: row[OUTCOME] === "unknown" ? "unknown" : "finding", reached: undefined };
}

/** A query puts an edge's id together from what the store has; its discriminator is encoded as in every id. */
function encoded(value: CellValue): CellValue {
  if (isList(value)) return value.map(encoded);
  if (typeof value !== "string") return value;
  const [type, from, to, ...disc] = value.split("|");
  const known = EDGE_TYPES.find((one) => one === type);
  return known === undefined || from === undefined || to === undefined
    ? value
    : edgeId(known, from, to, disc.join("|"));
}

function isList(value: CellValue): value is readonly CellValue[] {
  return Array.isArray(value);
}

function sorted(values: readonly CellValue[]): readonly CellValue[] {
  return [...values].sort((a, b) => {
    const one = canonicalJson(a);
    const other = canonicalJson(b);
    return one < other ? -1 : one > other ? 1 : 0;
  });
}

/** Nothing is reached with less than full certainty where no edge has less: no walk is needed to say so. */
function mayReach({ certainties }: ReachGraph, wanted: readonly Certainty[]): boolean {
  return wanted.some((one) => one === "active" || certainties.includes(CERTAINTIES.indexOf(one)));
}

function walked(
  rows: readonly RuleRow[],
  start: string,
  graph: ReachGraph,
  now: number,
  signal: AbortSignal | undefined,
): readonly RuleRow[] {
  const starts = new Set<string>();
  for (const { columns } of rows) {
    const key = columns[start];
    if (typeof key === "string") starts.add(key);
  }
  const found = new Map<string, ReachedWithCuts[]>();
  for (const one of walkAllWithCuts(graph, starts, { now, ...(signal === undefined ? {} : { signal }) })) {
    const list = found.get(one.start);
    if (list === undefined) found.set(one.start, [one]);
    else list.push(one);
  }
  return rows.flatMap((row) => {
    const key = row.columns[start];
    const reached = typeof key === "string" ? (found.get(key) ?? []) : [];
    return reached.map((one) => ({ ...row, reached: one }));
  });
}
