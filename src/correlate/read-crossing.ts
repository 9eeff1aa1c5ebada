import type { Row } from "../graph/index.js";
import { type EdgeType, edgeId, isRef, parseKey } from "../model/index.js";
import type { AccountFacts } from "./accounts.js";
import type { RoleAssignment, SamlTrust } from "./app-roles.js";
import type { Tie } from "./references.js";
import { number, type Reader, rowsOf, text, texts } from "./rows.js";
import { type AppInstance, type Assigned, googleParty, type SignInFacts } from "./sign-ins.js";
import type { Ground, Limits } from "./ways.js";

/** What an edge says that limits it, for an edge variable `e`. */
const LIMITS =
  "e.disc AS disc, e.assignment AS assignment, e.startsAt AS startsAt, e.endsAt AS endsAt, e.condition AS condition";

export const CROSSING_QUERIES = {
  appInstances: `MATCH (i:Resource) WHERE i.provider = 'EntraAppInstance' AND i.signsInTo IS NOT NULL
    RETURN i.key AS key, i.signsInTo AS signsInTo, i.assignmentRequired AS required, i.status AS status`,
  workspaceDomains:
    "MATCH (d:Group) WHERE d.provider = 'WorkspaceDomain' RETURN d.key AS key, d.aliases AS aliases",
  samlTrusts: `MATCH (f:Entity)-[e:CAN_ASSUME]->(r:NonHumanIdentity)
    WHERE f.key STARTS WITH 'ref/aws-federated/arn:' AND r.arn IS NOT NULL
    RETURN f.key AS trusted, r.key AS role, r.arn AS arn, ${LIMITS}`,
  roleAssignments: `MATCH (h:Entity)-[e:HAS_ENTITLEMENT]->(r:Entitlement) WHERE r.value CONTAINS ':saml-provider/'
    RETURN h.key AS holder, r.key AS role, r.value AS value, e.directMembersOnly AS direct, ${LIMITS}`,
  disabledRoles: `MATCH (r:Entitlement)-[:ON]->(i:Resource)
    WHERE r.value CONTAINS ':saml-provider/' AND i.status = 'disabled' RETURN r.key AS role`,
} as const;

/** One-hop reads from a few nodes, also for the differential test over all reads. */
export const CROSSING_STEP_QUERIES = {
  assignments: `UNWIND $keys AS k MATCH (i:Entity {key: k})<-[:ON]-(r:Entitlement)
    MATCH (r:Entitlement)<-[e:HAS_ENTITLEMENT]-(h:Entity)
    WHERE r.provider = 'EntraAppRole'
    RETURN i.key AS instance, h.key AS holder, r.key AS role, ${LIMITS}`,
  members: `UNWIND $keys AS k MATCH (g:Entity {key: k})<-[e:MEMBER_OF]-(m:Entity)
    RETURN g.key AS memberOf, m.key AS member, ${LIMITS}`,
} as const;

/** Nodes asked for at a time. */
const BATCH = 2_000;

/**
 * What signs users in to Google. Nothing is asked for where no application does. `ties` say who a reference is,
 * `references` are those from which access passes.
 */
export async function readSignInFacts(
  reader: Reader,
  known: {
    readonly accounts: readonly AccountFacts[];
    readonly references: Iterable<string>;
    readonly ties: readonly Tie[];
  },
): Promise<SignInFacts> {
  const instances = await readInstances(reader);
  if (instances.length === 0)
    return {
      instances,
      assignments: [],
      members: [],
      users: [],
      accounts: [],
      domains: new Map(),
      references: new Map(),
    };
  const realsOf = meanings(known.ties);
  const assigned = await readAssigned(
    reader,
    instances.map(({ key }) => key),
  );
  const assignments = assigned.flatMap((one) => realsOf(one.holder).map((holder) => ({ ...one, holder })));
  const users = known.accounts
    .filter(({ provider, status }) => provider === "EntraUser" && status !== "deleted")
    .map(({ key, username, email }) => ({ key, names: [username, email] }));
  const isUser = new Set(users.map(({ key }) => key));
  const groups = new Set(assignments.flatMap(({ holder }) => (isUser.has(holder) ? [] : [holder])));
  const members: Assigned[] = [];
  for (const one of await readMembers(reader, [...groups]))
    for (const holder of realsOf(one.holder)) if (isUser.has(holder)) members.push({ ...one, holder });
  const accounts = known.accounts.flatMap(({ key, provider, status, email }) =>
    provider === "WorkspaceUser" && status !== "deleted" && email !== undefined
      ? [{ key, address: email.trim().toLowerCase() }]
      : [],
  );
  return {
    instances,
    assignments,
    members,
    users,
    accounts,
    domains: await readDomains(reader),
    references: unanswered(known.references, known.ties),
  };
}

/** Instances that sign in to Google; one that is disabled signs nobody in. */
async function readInstances(reader: Reader): Promise<readonly AppInstance[]> {
  const found: AppInstance[] = [];
  for await (const row of rowsOf(reader, CROSSING_QUERIES.appInstances)) {
    const key = text(row.key);
    const signsInTo = texts(row.signsInTo).filter((identifier) => googleParty(identifier) !== undefined);
    if (key === undefined || signsInTo.length === 0 || row.status === "disabled") continue;
    const assignmentRequired = typeof row.required === "boolean" ? row.required : undefined;
    found.push({ key, signsInTo, assignmentRequired });
  }
  return found;
}

async function readAssigned(reader: Reader, instances: readonly string[]): Promise<readonly Assigned[]> {
  const found: Assigned[] = [];
  for await (const row of stepsOf(reader, CROSSING_STEP_QUERIES.assignments, instances)) {
    const instance = text(row.instance);
    const holder = text(row.holder);
    const role = text(row.role);
    if (instance === undefined || holder === undefined || role === undefined) continue;
    found.push({ holder, to: instance, ground: groundOf("HAS_ENTITLEMENT", holder, role, row) });
  }
  return found;
}

async function readMembers(reader: Reader, groups: readonly string[]): Promise<readonly Assigned[]> {
  const found: Assigned[] = [];
  for await (const row of stepsOf(reader, CROSSING_STEP_QUERIES.members, groups)) {
    const group = text(row.memberOf);
    const holder = text(row.member);
    if (group === undefined || holder === undefined) continue;
    found.push({ holder, to: group, ground: groundOf("MEMBER_OF", holder, group, row) });
  }
  return found;
}

/** A domain answers to its own name and to those that mean the same. */
const DOMAIN = "domain:";

async function readDomains(reader: Reader): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  for await (const { key, aliases } of rowsOf(reader, CROSSING_QUERIES.workspaceDomains)) {
    if (typeof key !== "string") continue;
    const { source, id } = parseKey(key);
    const domains = found.get(source) ?? new Set();
    found.set(source, domains.add(id.toLowerCase()));
    for (const alias of texts(aliases))
      if (alias.startsWith(DOMAIN)) domains.add(alias.slice(DOMAIN.length).toLowerCase());
  }
  return found;
}

/** Users of Google whom policies name and nobody describes, by address. */
function unanswered(references: Iterable<string>, ties: readonly Tie[]): ReadonlyMap<string, string> {
  const answered = new Set(ties.map(({ reference }) => reference));
  const found = new Map<string, string>();
  for (const reference of references) {
    const { kind, id } = parseKey(reference);
    if (kind === "google-member" && id.startsWith("user:") && !answered.has(reference))
      found.set(id.slice("user:".length).toLowerCase(), reference);
  }
  return found;
}

/** What stands behind a key: of a reference those it is tied to, else itself. */
function meanings(ties: readonly Tie[]): (key: string) => readonly string[] {
  const reals = new Map<string, string[]>();
  for (const { real, reference } of ties) reals.set(reference, [...(reals.get(reference) ?? []), real]);
  return (key) => (isRef(key) ? (reals.get(key) ?? []) : [key]);
}

/** Roles of AWS that trust SAML providers, and who is assigned what asks for them. */
export async function readRoleFacts(
  reader: Reader,
): Promise<{ readonly trusts: readonly SamlTrust[]; readonly assignments: readonly RoleAssignment[] }> {
  const trusts: SamlTrust[] = [];
  for await (const row of rowsOf(reader, CROSSING_QUERIES.samlTrusts)) {
    const trusted = text(row.trusted);
    const role = text(row.role);
    const roleArn = text(row.arn);
    if (trusted === undefined || role === undefined || roleArn === undefined) continue;
    trusts.push({
      edge: edgeId("CAN_ASSUME", trusted, role, text(row.disc)),
      provider: parseKey(trusted).id,
      role,
      roleArn,
      condition: text(row.condition),
    });
  }
  const assignments: RoleAssignment[] = [];
  if (trusts.length === 0) return { trusts, assignments };
  // What an application's role asks for, nobody gets while the application is disabled.
  const disabled = new Set<string>();
  for await (const row of rowsOf(reader, CROSSING_QUERIES.disabledRoles)) {
    const role = text(row.role);
    if (role !== undefined) disabled.add(role);
  }
  for await (const row of rowsOf(reader, CROSSING_QUERIES.roleAssignments)) {
    const holder = text(row.holder);
    const role = text(row.role);
    const value = text(row.value);
    if (holder === undefined || role === undefined || value === undefined || disabled.has(role)) continue;
    const ground = groundOf("HAS_ENTITLEMENT", holder, role, row);
    assignments.push({ holder, role, value, directMembersOnly: row.direct === true, ground });
  }
  return { trusts, assignments };
}

async function* stepsOf(
  reader: Reader,
  cypher: string,
  keys: readonly string[],
): AsyncGenerator<Row, void, undefined> {
  for (let first = 0; first < keys.length; first += BATCH)
    yield* rowsOf(reader, cypher, { keys: keys.slice(first, first + BATCH) });
}

function groundOf(type: EdgeType, from: string, to: string, row: Row): Ground {
  return { id: edgeId(type, from, to, text(row.disc)), limits: limitsOf(row) };
}

function limitsOf(row: Row): Limits {
  const startsAt = number(row.startsAt);
  const endsAt = number(row.endsAt);
  const condition = text(row.condition);
  return {
    ...(row.assignment === "eligible" ? { assignment: "eligible" as const } : {}),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(condition === undefined ? {} : { condition }),
  };
}
