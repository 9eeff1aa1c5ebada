import type { JsonAnswer } from "../https.js";

/** What is wrong with one object of a list's answer. */
export type Spoil =
  /** It lacks what it cannot be without. */
  | "mangled"
  /** It is left out. */
  | "shortfall";

/** Where a list's objects stand in its answer (for one object: nowhere), and what names them. */
const OBJECTS: Readonly<Record<string, { readonly at?: string; readonly names: readonly string[] }>> = {
  domains: { at: "domains", names: ["domainName"] },
  "organisational units": { at: "organizationUnits", names: ["orgUnitId"] },
  users: { at: "users", names: ["id"] },
  "deleted users": { at: "users", names: ["id"] },
  groups: { at: "groups", names: ["id"] },
  // A member may be named by its id or its address.
  "group members": { at: "members", names: ["id", "email"] },
  roles: { at: "items", names: ["roleId"] },
  "role assignments": { at: "items", names: ["roleId"] },
  tokens: { at: "items", names: ["clientId"] },
  licences: { at: "items", names: ["userId"] },
  "mail delegates": { at: "delegates", names: ["delegateEmail"] },
  customer: { names: ["id"] },
  "administrator's token": { names: ["access_token"] },
  "mailbox token": { names: ["access_token"] },
};

/** The answer with its last object spoilt; undefined where it has none. */
export function spoilt(list: string, spoil: Spoil, answer: JsonAnswer): JsonAnswer | undefined {
  const where = OBJECTS[list];
  const body = answer.body;
  if (where === undefined || (answer.status ?? 200) !== 200 || !isObject(body)) return undefined;
  if (where.at === undefined) return { ...answer, body: without(body, where.names) };
  const objects = body[where.at];
  if (!Array.isArray(objects)) return undefined;
  const last: unknown = objects.at(-1);
  if (!isObject(last)) return undefined;
  const others: unknown[] = objects.slice(0, -1);
  const left = spoil === "shortfall" ? others : [...others, without(last, where.names)];
  return { ...answer, body: { ...body, [where.at]: left } };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const without = (object: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
