import type { WriteTransaction } from "../graph/index.js";
import { CANONICAL_LABELS, PROVIDER_LABEL, type PropValue, UNRESOLVED } from "../model/index.js";
import { mapOf, textOf } from "./baseline.js";
import { damagedRecord } from "./content.js";
import type { ApplyTransaction } from "./invariants/index.js";
import { parseNode, type StoredNode, unresolvedProps } from "./merge.js";

/** How a node is to stand: its labels beside `Entity`, and all of its properties. */
export interface NodePlan {
  readonly key: string;
  /** Labels it has now; undefined where it does not exist. */
  readonly old: readonly string[] | undefined;
  readonly labels: readonly string[];
  readonly props: Readonly<Record<string, PropValue>>;
}

/** The nodes that exist among these keys. */
export async function nodesIn(
  tx: WriteTransaction,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredNode>> {
  const rows = await tx.run(
    "UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN k AS key, properties(n) AS props",
    { keys: [...keys] },
  );
  return new Map(rows.map((row) => [textOf(row, "key"), parseNode(textOf(row, "key"), mapOf(row.props))]));
}

/** Which of these keys have no node yet. */
export async function absentKeys(tx: WriteTransaction, keys: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.run("UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN k AS key", {
    keys: [...keys],
  });
  const present = new Set(rows.map((row) => textOf(row, "key")));
  return keys.filter((key) => !present.has(key));
}

/** Creates and updates nodes: one statement per combination of labels. */
export async function writeNodes(tx: ApplyTransaction, plans: readonly NodePlan[]): Promise<void> {
  const statements = new Map<string, { key: string; props: Record<string, PropValue> }[]>();
  for (const plan of plans) {
    const cypher = nodeStatement(plan.old, plan.labels);
    const rows = statements.get(cypher) ?? [];
    rows.push({ key: plan.key, props: { ...plan.props } });
    statements.set(cypher, rows);
    tx.touched.node(plan);
  }
  for (const [cypher, rows] of statements) await tx.run(cypher, { rows });
}

export function unresolvedPlan(key: string, old: readonly string[] | undefined): NodePlan {
  return { key, old, labels: [UNRESOLVED], props: unresolvedProps(key) };
}

function nodeStatement(old: readonly string[] | undefined, labels: readonly string[]): string {
  if (old === undefined) return `UNWIND $rows AS row CREATE (n:Entity${labelText(labels)}) SET n = row.props`;
  const gone = old.filter((label) => !labels.includes(label));
  const come = labels.filter((label) => !old.includes(label));
  return [
    "UNWIND $rows AS row MATCH (n:Entity {key: row.key})",
    ...(gone.length === 0 ? [] : [`REMOVE n${labelText(gone)}`]),
    ...(come.length === 0 ? [] : [`SET n${labelText(come)}`]),
    "SET n = row.props",
  ].join(" ");
}

const CANONICAL: ReadonlySet<string> = new Set([...CANONICAL_LABELS, UNRESOLVED]);

/** Labels become Cypher text, so only the vocabulary and the form of a provider's label get there. */
function labelText(labels: readonly string[]): string {
  for (const label of labels) {
    if (!CANONICAL.has(label) && !PROVIDER_LABEL.test(label)) throw damagedRecord(`the label ${label}`);
  }
  return labels.map((label) => `:${label}`).join("");
}

/** Deletes nodes with whatever still hangs on them. */
export async function deleteNodes(tx: WriteTransaction, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run("UNWIND $keys AS k MATCH (n:Entity {key: k}) DETACH DELETE n", { keys: [...keys] });
}

/** Which of these nodes are an end of some edge. */
export async function connectedKeys(
  tx: WriteTransaction,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await tx.run(
    `UNWIND $keys AS k MATCH (n:Entity {key: k}) WHERE EXISTS { MATCH (n)--(x:Entity) } RETURN k AS key`,
    { keys: [...keys] },
  );
  return new Set(rows.map((row) => textOf(row, "key")));
}

/** Deletes those of the nodes that nothing describes and no edge touches any more. */
export async function deleteOrphans(tx: WriteTransaction, keys: Iterable<string>): Promise<void> {
  const unique = [...new Set(keys)];
  if (unique.length === 0) return;
  await tx.run(
    `UNWIND $keys AS k MATCH (n:Entity {key: k}) WHERE n.label = '${UNRESOLVED}'
       AND NOT EXISTS { MATCH (n)--(x:Entity) } DELETE n`,
    { keys: unique },
  );
}
