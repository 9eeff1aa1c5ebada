import type { GraphStore } from "../graph/index.js";
import { DERIVED_SOURCE, isRef, type NodeRecord } from "../model/index.js";
import { assertionId, LOST, parseAssertion } from "./assertion.js";
import { mapOf, textOf, unseenRecords } from "./baseline.js";
import { type Content, settled } from "./content.js";
import type { Difference } from "./diff.js";
import { idDigest } from "./key-table.js";
import { isOver } from "./left.js";
import { liveContent, parseNode } from "./merge.js";
import { isFirstRead, type Part } from "./part.js";
import { edgeParts, type Rekeys } from "./rekey.js";

export interface GuardLimit {
  /** Stop when more than this share would go, and at least 10. */
  readonly percent: number;
  /** Stop when more than this many would go, whatever the share. */
  readonly count?: number | undefined;
}
export interface GuardLimits {
  readonly removals: GuardLimit;
  readonly newlyLeft: GuardLimit;
}

/** Why the guard stops a part. */
export interface GuardHit {
  /** A record type, or `newlyLeft`. */
  readonly type: string;
  readonly would: number;
  readonly known: number;
  /** Up to five names or keys of what would go. */
  readonly samples: readonly string[];
  readonly why: string;
}

const SAMPLES = 5;
/** A share is looked at from this many on; a type counts as emptied from that many on. */
const LEAST = 10;
const LEAST_KNOWN = 3;
const CHUNK = 1_000;

/** What the guard says of each part that it would stop. Nothing was written yet. */
export async function judge(
  store: GraphStore,
  parts: readonly Part[],
  difference: Difference,
  rekeys: Rekeys,
  limits: GuardLimits,
): Promise<ReadonlyMap<Part, GuardHit>> {
  const hits = new Map<Part, GuardHit>();
  for (const part of parts) {
    // What passed once, and was cut off by a crash, is not judged again by what is left of it.
    if (part.mode === "nothing" || isFirstRead(part) || part.marker?.intent === part.current.read) continue;
    const hit =
      (await judgeRemovals(store, parts, part, rekeys, limits.removals)) ??
      (await judgeLeavers(store, part, difference, limits.newlyLeft));
    if (hit !== undefined) hits.set(part, hit);
  }
  return hits;
}

async function judgeRemovals(
  store: GraphStore,
  parts: readonly Part[],
  part: Part,
  rekeys: Rekeys,
  limit: GuardLimit,
): Promise<GuardHit | undefined> {
  if (part.mode !== "replace") return undefined;
  const known = part.table.countByType("all");
  const going = part.table.countByType("unseen");
  const total = sum(known);
  const read = sum(new Map(Object.entries(part.read.counts)));
  const hit = async (type: string | undefined, would: number, of: number, why: string) => ({
    type: type ?? "all",
    would,
    known: of,
    samples: await samplesOf(store, part, type),
    why,
  });
  if (read === 0 && total >= LEAST_KNOWN) {
    return await hit(undefined, total, total, `the read is empty, and ${total} records were known`);
  }
  for (const [type, unseen] of going) {
    const would = unseen - (rekeys.counts.get(part)?.get(type) ?? 0);
    const of = known.get(type) ?? 0;
    if (would <= 0) continue;
    const empties = (going: number) =>
      of >= LEAST_KNOWN && (part.read.counts[type] ?? 0) === 0 && going === of ? "all of them" : undefined;
    const judged = (going: number) => empties(going) ?? beyond(limit, going, of);
    if (judged(would) === undefined) continue;
    const really = would - (await keptByOthers(store, parts, part, type));
    const why = judged(really);
    if (why !== undefined) return await hit(type, really, of, `${really} of ${of} ${type} would go, ${why}`);
  }
  return undefined;
}

/**
 * Nodes of a type that this read no longer saw and another stream still describes: they do not go. A stream that
 * has lost them in the same read keeps nothing, and neither does correlation, which only follows.
 */
async function keptByOthers(
  store: GraphStore,
  parts: readonly Part[],
  part: Part,
  type: string,
): Promise<number> {
  const byId = new Map(parts.map((other) => [other.id, other]));
  let kept = 0;
  for await (const records of unseenRecords(part)) {
    const ids = records.filter((record) => record.type === type && !record.id.includes("|"));
    for (const chunk of chunks(ids)) {
      const keys = chunk.map(({ id }) => id);
      const rows = await store.rows(
        "UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN n.key AS key, n.assertions AS assertions",
        { keys },
      );
      for (const row of rows) {
        const key = textOf(row, "key");
        const texts = Array.isArray(row.assertions) ? row.assertions : [];
        if (texts.some((text) => typeof text === "string" && isKeptBy(text, key, part, byId))) kept += 1;
      }
    }
  }
  return kept;
}

function isKeptBy(text: string, key: string, part: Part, parts: ReadonlyMap<string, Part>): boolean {
  const assertion = parseAssertion(text);
  if (assertion === undefined || assertion.hash === LOST || assertion.source === DERIVED_SOURCE) return false;
  const id = assertionId(assertion);
  if (id === part.id) return false;
  const other = parts.get(id);
  return (
    other === undefined || other.mode !== "replace" || !other.table.isUnseen(other.table.find(idDigest(key)))
  );
}

function beyond(limit: GuardLimit, would: number, of: number): string | undefined {
  if (would >= LEAST && would * 100 > limit.percent * of) return `more than ${limit.percent} %`;
  if (limit.count !== undefined && would > limit.count) return `more than ${limit.count}`;
  return undefined;
}

/** People whose employment newly lies in the past, or is newly missing. */
async function judgeLeavers(
  store: GraphStore,
  part: Part,
  difference: Difference,
  limit: GuardLimit,
): Promise<GuardHit | undefined> {
  const at = part.current.at;
  const left: string[] = [];
  let would = 0;
  const count = (name: string) => {
    would += 1;
    if (left.length < SAMPLES) left.push(name);
  };
  const changed = difference.employments.flatMap(({ part: of, record }) =>
    of === part && record.kind === "node" && (record.unsure !== undefined || isOver(record.props, at))
      ? [record]
      : [],
  );
  for (const records of chunks(changed)) {
    const live = await liveEmployments(
      store,
      part,
      records.map((record) => record.key),
      at,
    );
    for (const record of records) {
      const known = live.get(record.key);
      if (known !== undefined && isOver(settled(record, known.content).props, at)) count(nameOf(record));
    }
  }
  if (part.mode === "replace") {
    for await (const records of unseenRecords(part)) {
      const keys = records.map((record) => record.id).filter((id) => !id.includes("|"));
      for (const { name } of (await liveEmployments(store, part, keys, at)).values()) count(name);
    }
  }
  if (would < LEAST && (limit.count === undefined || would <= limit.count)) return undefined;
  const known = await countLive(store, part, at);
  const why = beyond(limit, would, known);
  if (why === undefined) return undefined;
  return {
    type: "newlyLeft",
    would,
    known,
    samples: left,
    why: `${would} of ${known} people would newly have left, ${why}`,
  };
}

const EMPLOYMENT = `WHERE n.label = 'Employment' RETURN n.key AS key, n.name AS name, properties(n) AS props`;

/** Which of these are employments that this part knows as not over: by key, the name and what the part says. */
async function liveEmployments(
  store: GraphStore,
  part: Part,
  keys: readonly string[],
  at: number,
): Promise<ReadonlyMap<string, { readonly name: string; readonly content: Content }>> {
  const live = new Map<string, { name: string; content: Content }>();
  for (const chunk of chunks(keys)) {
    const rows = await store.rows(`UNWIND $keys AS k MATCH (n:Entity {key: k}) ${EMPLOYMENT}`, {
      keys: [...chunk],
    });
    for (const row of rows) {
      const key = textOf(row, "key");
      const content = liveOf(row.props, part, key, at);
      if (content !== undefined) live.set(key, { name: textOf(row, "name"), content });
    }
  }
  return live;
}

async function countLive(store: GraphStore, part: Part, at: number): Promise<number> {
  let count = 0;
  for await (const rows of store.read(`MATCH (n:Employment) ${EMPLOYMENT}`)) {
    for (const row of rows) if (liveOf(row.props, part, textOf(row, "key"), at) !== undefined) count += 1;
  }
  return count;
}

function liveOf(
  props: Parameters<typeof mapOf>[0],
  part: Part,
  key: string,
  at: number,
): Content | undefined {
  const content = liveContent(parseNode(key, mapOf(props)).entries, part);
  return content === undefined || isOver(content.props, at) ? undefined : content;
}

async function samplesOf(
  store: GraphStore,
  part: Part,
  type: string | undefined,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const records of unseenRecords(part)) {
    for (const record of records) {
      if (ids.length < SAMPLES && (type === undefined || record.type === type)) ids.push(record.id);
    }
    if (ids.length === SAMPLES) break;
  }
  const rows = await store.rows(
    "UNWIND $keys AS k MATCH (n:Entity {key: k}) RETURN k AS key, n.name AS name",
    { keys: ids.flatMap((id) => endsOf(id)) },
  );
  const names = new Map(rows.map((row) => [textOf(row, "key"), textOf(row, "name")]));
  const shown = (key: string) => names.get(key) ?? key;
  return ids.map((id) => {
    const edge = edgeParts(id);
    if (edge !== undefined) return `${shown(edge.from)} -${edge.type}-> ${shown(edge.to)}`;
    return isRef(id) || shown(id) === id ? id : `${shown(id)} (${id})`;
  });
}

function endsOf(id: string): readonly string[] {
  const edge = edgeParts(id);
  return edge === undefined ? [id] : [edge.from, edge.to];
}

function nameOf(record: NodeRecord): string {
  return typeof record.props.name === "string" ? record.props.name : record.key;
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += CHUNK) yield items.slice(at, at + CHUNK);
}
