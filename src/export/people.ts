import type { GraphStore } from "../graph/index.js";
import { InputError, type NodeRef } from "../model/index.js";
import { keyed, number, slices, text, texts } from "./cells.js";
import { standingAt } from "./standing.js";
import type { EmploymentView, PersonView } from "./views.js";

/** Reads of people, also for the differential test over all reads. */
export const PEOPLE_QUERIES = {
  persons:
    "UNWIND $keys AS k MATCH (p:Entity {key: k}) WHERE p:Person RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds",
  employments:
    "UNWIND $keys AS k MATCH (p:Entity {key: k})-[e:EMPLOYED_AS]->(w:Employment) RETURN p.key AS key, w.key AS employment, w.workerId AS workerId, w.status AS status, w.statusMapped AS statusMapped, w.statusText AS statusText, w.type AS type, w.start AS start, w.end AS lastDay, w.department AS department, w.title AS title, w.missing AS missing, e.since AS since, e.until AS until, e.left AS left",
  managers:
    "UNWIND $keys AS k MATCH (p:Entity {key: k})-[:REPORTS_TO]->(m:Person) RETURN p.key AS key, m.key AS manager, m.name AS name",
  byKey:
    "MATCH (p:Entity {key: $text}) WHERE p:Person RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds",
  byAlias:
    "MATCH (p:Person) WHERE $text IN coalesce(p.aliases, []) RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds ORDER BY key LIMIT 20",
  byWorkerId:
    "MATCH (w:Employment)<-[:EMPLOYED_AS]-(p:Person) WHERE w.workerId = $text RETURN DISTINCT p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds ORDER BY key LIMIT 20",
  byEmail:
    "MATCH (p:Person) WHERE any(x IN coalesce(p.emails, []) WHERE toLower(x) = $lower) RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds ORDER BY key LIMIT 20",
  byName:
    "MATCH (p:Person) WHERE toLower(p.name) = $lower RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds ORDER BY key LIMIT 20",
  nearby:
    "MATCH (p:Person) WHERE toLower(p.name) CONTAINS $lower RETURN p.key AS key, p.name AS name, p.emails AS emails, p.workerIds AS workerIds ORDER BY key LIMIT 5",
} as const;

const BATCH = 2_000;

/** People as they stand at `now` (epoch ms), by key: three queries per 2,000 of them. */
export async function personViews(
  store: GraphStore,
  personKeys: Iterable<string>,
  now: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, PersonView>> {
  const views = new Map<string, PersonView>();
  for (const keys of slices([...new Set(personKeys)], BATCH)) {
    const read = (query: string) => store.rows(query, { keys }, signal);
    const employments = new Map<string, EmploymentView[]>();
    for (const [key, row] of keyed(await read(PEOPLE_QUERIES.employments))) {
      const list = employments.get(key) ?? [];
      employments.set(key, list);
      list.push({
        key: text(row.employment) ?? "",
        workerId: text(row.workerId),
        status: text(row.status) ?? "unknown",
        statusMapped: row.statusMapped !== false,
        statusText: typeof row.statusText === "string" ? row.statusText : null,
        type: text(row.type) ?? "unknown",
        start: text(row.start),
        end: text(row.lastDay),
        since: number(row.since),
        until: number(row.until),
        left: row.left === true,
        department: text(row.department),
        title: text(row.title),
        missing: row.missing === true,
      });
    }
    const managers = new Map<string, NodeRef>();
    for (const [key, row] of keyed(await read(PEOPLE_QUERIES.managers))) {
      const manager = text(row.manager);
      if (manager === null) continue;
      const before = managers.get(key);
      if (before === undefined || manager < before.key) {
        managers.set(key, { key: manager, label: "Person", name: text(row.name) ?? manager });
      }
    }
    const persons = new Map(keyed(await read(PEOPLE_QUERIES.persons)));
    // In the order asked for: the store's own order says nothing.
    for (const key of keys) {
      const row = persons.get(key);
      if (row === undefined) continue;
      const own = (employments.get(key) ?? []).sort(byStart);
      const { standing, basis, decidedBy } = standingAt(own, now);
      const known = texts(row.workerIds);
      views.set(key, {
        key,
        name: text(row.name) ?? key,
        emails: texts(row.emails),
        workerIds: known.length > 0 ? known : [...new Set(own.flatMap((one) => one.workerId ?? []))],
        standing,
        standingBasis: basis,
        lastDay: decidedBy?.end ?? null,
        department: decidedBy?.department ?? null,
        manager: managers.get(key) ?? null,
        employments: own,
      });
    }
  }
  return views;
}

function byStart(a: EmploymentView, b: EmploymentView): number {
  return (a.since ?? 0) - (b.since ?? 0) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/**
 * The key of the person that somebody means: by key or former key, worker id, e-mail, or full name, in that order.
 * @throws InputError when nobody or several people are called that; it lists those who could be meant.
 */
export async function findPerson(store: GraphStore, wanted: string, signal?: AbortSignal): Promise<string> {
  const params = { text: wanted.trim(), lower: wanted.trim().toLowerCase() };
  const ask = async (query: string) => {
    const used = query.includes("$lower") ? { lower: params.lower } : { text: params.text };
    return keyed(await store.rows(query, used, signal));
  };
  if (params.text !== "") {
    for (const query of [
      PEOPLE_QUERIES.byKey,
      PEOPLE_QUERIES.byAlias,
      PEOPLE_QUERIES.byWorkerId,
      PEOPLE_QUERIES.byEmail,
      PEOPLE_QUERIES.byName,
    ]) {
      const found = await ask(query);
      const [only, another] = found;
      if (only === undefined) continue;
      if (another === undefined) return only[0];
      throw new InputError({
        what: `${found.length} people are called ${JSON.stringify(wanted)}:${described(found)}`,
        fix: "Name one by worker id, e-mail or key.",
      });
    }
  }
  const near = params.text === "" ? [] : await ask(PEOPLE_QUERIES.nearby);
  throw new InputError({
    what: `Nobody in the HR record has the key, worker id, e-mail or name ${JSON.stringify(wanted)}.`,
    fix:
      near.length > 0
        ? `Perhaps one of these is meant:${described(near)}`
        : "Look people up by worker id or e-mail.",
  });
}

function described(found: Awaited<ReturnType<typeof keyed>>): string {
  return found
    .map(([key, row]) => {
      const facts = [...texts(row.workerIds), ...texts(row.emails)].join(", ");
      const name = (text(row.name) ?? key).replace(/\s+/g, " ");
      return `\n    ${name} (${facts === "" ? key : `${facts}; ${key}`})`;
    })
    .join("");
}
