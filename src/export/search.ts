import type { GraphStore } from "../graph/index.js";
import { InputError, isRef, type NodeLabel, type NodeRef } from "../model/index.js";
import { keyed, text } from "./cells.js";

export interface SearchRequest {
  /** Part of a name, or the beginning of a key or of another name (ARN, e-mail); upper and lower case are the same. */
  readonly text: string;
  /** Only nodes of these labels; all unless told. */
  readonly labels?: readonly NodeLabel[];
  /** The key that the page before ended with. */
  readonly after?: string;
  /** The key that the page after begins with. */
  readonly before?: string;
  /** From the end backwards: nodes come in descending order, and `next` is for `before`. */
  readonly backwards?: boolean;
  /** 50 unless told. */
  readonly limit?: number;
}

export interface SearchPage {
  readonly nodes: readonly NodeRef[];
  /** Give it as `after` for the next page (`before` when going backwards); null where there is none. */
  readonly next: string | null;
}

/** Names and keys that match; keys begin with ASCII, so U+FFFF is above them all. */
const FOUND =
  "MATCH (n:Entity) WHERE n.key > $after AND n.key < $before AND (size($labels) = 0 OR n.label IN $labels) AND (toLower(n.name) CONTAINS $lower OR toLower(n.key) STARTS WITH $lower OR any(x IN coalesce(n.aliases, []) WHERE toLower(x) STARTS WITH $lower)) RETURN n.key AS key, n.label AS label, n.name AS name";

/** The reads of search, also for the differential test over all reads. */
export const SEARCH_QUERIES = {
  search: `${FOUND} ORDER BY key LIMIT $limit`,
  searchBackwards: `${FOUND} ORDER BY key DESC LIMIT $limit`,
  named:
    "MATCH (n:Entity) WHERE n.key = $text OR $text IN coalesce(n.aliases, []) OR toLower(n.name) = $lower RETURN n.key AS key, n.label AS label, n.name AS name ORDER BY key LIMIT 200",
} as const;

/** A page of entities that are called something like the text, by key. */
export async function searchEntities(
  store: GraphStore,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<SearchPage> {
  const limit = request.limit ?? 50;
  const lower = request.text.trim().toLowerCase();
  if (lower === "") return { nodes: [], next: null };
  const rows = await store.rows(
    request.backwards ? SEARCH_QUERIES.searchBackwards : SEARCH_QUERIES.search,
    {
      lower,
      labels: request.labels ?? [],
      after: request.after ?? "",
      before: request.before ?? "\uffff",
      limit: limit + 1,
    },
    signal,
  );
  const nodes = keyed(rows).map(([key, row]) => ref(key, text(row.label), text(row.name)));
  const page = nodes.slice(0, limit);
  return { nodes: page, next: nodes.length > limit ? (page.at(-1)?.key ?? null) : null };
}

/** Labels of what one may ask "who can reach it", the likeliest meaning of a name first. */
const TARGET_LABELS: readonly string[] = [
  "Resource",
  "Entitlement",
  "NonHumanIdentity",
  "Group",
  "Application",
  "Unresolved",
];

/**
 * What somebody means by a name of something that can be reached: its key, another name (ARN, account id), or its
 * name. Where one name is a resource's and a policy's, the resource is meant.
 * @throws InputError when nothing or several things of one label are called that.
 */
export async function findTarget(store: GraphStore, wanted: string, signal?: AbortSignal): Promise<NodeRef> {
  const trimmed = wanted.trim();
  const rows = await store.rows(
    SEARCH_QUERIES.named,
    { text: trimmed, lower: trimmed.toLowerCase() },
    signal,
  );
  const all = keyed(rows).map(([key, row]) => ref(key, text(row.label), text(row.name)));
  const exact = all.find((node) => node.key === trimmed);
  if (exact !== undefined) return exact;
  // What a source describes is meant before a reference to it.
  const described = all.filter((node) => !isRef(node.key));
  for (const label of TARGET_LABELS) {
    const found = (described.length > 0 ? described : all).filter((node) => node.label === label);
    const [only, another] = found;
    if (only === undefined) continue;
    if (another === undefined) return only;
    throw new InputError({
      what: `${found.length} things are called ${JSON.stringify(wanted)}:${listed(found)}`,
      fix: "Name one by its key.",
    });
  }
  const near = await searchEntities(store, { text: trimmed, limit: 5 }, signal);
  const list = listed(near.nodes);
  throw new InputError({
    what: `Nothing that can be reached has the key, ARN, id or name ${JSON.stringify(wanted)}.`,
    fix:
      list === "" ? "Name a resource, entitlement, role or group." : `Perhaps one of these is meant:${list}`,
  });
}

/** A line each; a name with a line break in it gets no second one. */
function listed(nodes: readonly NodeRef[]): string {
  return nodes
    .map(({ name, label, key }) => `\n    ${name.replace(/\s+/g, " ")} (${label}, ${key})`)
    .join("");
}

function ref(key: string, label: string | null, name: string | null): NodeRef {
  return { key, label: label ?? "Unresolved", name: name ?? key };
}
