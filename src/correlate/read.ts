import { z } from "zod";
import type { CellValue, Row } from "../graph/index.js";
import {
  ACCOUNT_TYPES,
  type AccountType,
  DERIVED_SOURCE,
  EMPLOYMENT_STATUSES,
  EMPLOYMENT_TYPES,
  parseKey,
} from "../model/index.js";
import type { AccountFacts } from "./accounts.js";
import type { EmploymentFacts } from "./employment.js";
import type { OwnerClaim } from "./owners.js";
import type { KnownPerson } from "./persons.js";
import { ASSUME_QUERIES } from "./read-assume.js";
import { CROSSING_QUERIES } from "./read-crossing.js";
import type { Referable } from "./references.js";
import { number, type Reader, rowsOf, text, texts } from "./rows.js";

/** The reads of correlation, also for the differential test over all reads. */
export const CORRELATE_QUERIES = {
  employments:
    "MATCH (e:Employment) RETURN e.key AS key, e.workerId AS workerId, e.universalId AS universalId, e.emails AS emails, e.name AS name, e.status AS status, e.statusMapped AS statusMapped, e.type AS type, e.startsAt AS startsAt, e.endsAt AS endsAt, e.manager AS manager, e.roster AS roster, e.missing AS missing, e.missingAt AS missingAt, e.missingRead AS missingRead",
  persons: "MATCH (p:Person) RETURN p.key AS key, p.aliases AS aliases, p.storedAt AS storedAt",
  employedAs: "MATCH (p:Person)-[:EMPLOYED_AS]->(e:Employment) RETURN p.key AS person, e.key AS employment",
  accounts:
    "MATCH (a:Account) RETURN a.key AS key, a.provider AS provider, a.username AS username, a.email AS email, a.employeeId AS employeeId, a.aliases AS aliases, a.accountType AS accountType, a.status AS status, a.assertions AS assertions, a.claims AS claims",
  signsInAs:
    "MATCH (a:Account)-[e:SIGNS_IN_AS]->(b:Account) RETURN a.key AS origin, b.key AS opened, e.assertions AS assertions",
  ownedByReference:
    "MATCH (s:Entity)-[e:OWNED_BY]->(o:Unresolved) RETURN s.key AS subject, o.key AS owner, e.basis AS basis, e.evidence AS evidence",
  ownedByAccount:
    "MATCH (s:Entity)-[e:OWNED_BY]->(o:Account) RETURN s.key AS subject, o.key AS owner, e.basis AS basis, e.evidence AS evidence",
  created: "MATCH (a:Account)-[:CREATED]->(n:NonHumanIdentity) RETURN n.key AS subject, a.key AS account",
  references: ["MEMBER_OF", "SAME_AS", "CAN_ASSUME", "RUNS_AS", "HAS_ENTITLEMENT"].map(
    (type) =>
      `MATCH (r:Entity)-[:${type}]->(x:Entity) WHERE r.key STARTS WITH 'ref/' RETURN DISTINCT r.key AS key`,
  ),
  named: ["Account", "NonHumanIdentity", "Group", "Resource", "Application"].map((label) => ({
    label,
    cypher: `MATCH (n:${label}) RETURN n.key AS key, n.provider AS provider, n.aliases AS aliases`,
  })),
  ...ASSUME_QUERIES,
  ...CROSSING_QUERIES,
} as const;

const oneOf = <T extends string>(values: readonly T[], value: CellValue | undefined, otherwise: T): T =>
  values.find((known) => known === value) ?? otherwise;

export async function readEmployments(reader: Reader): Promise<readonly EmploymentFacts[]> {
  const found: EmploymentFacts[] = [];
  for await (const row of rowsOf(reader, CORRELATE_QUERIES.employments)) {
    const key = text(row.key);
    if (key === undefined) continue;
    const { source, id } = parseKey(key);
    found.push({
      key,
      source,
      workerId: text(row.workerId) ?? id,
      universalId: text(row.universalId)?.trim(),
      emails: texts(row.emails),
      name: text(row.name),
      status: oneOf(EMPLOYMENT_STATUSES, row.status, "unknown"),
      statusMapped: row.statusMapped !== false,
      type: oneOf(EMPLOYMENT_TYPES, row.type, "unknown"),
      startsAt: number(row.startsAt),
      endsAt: number(row.endsAt),
      manager: text(row.manager)?.trim(),
      roster: row.roster === "activeOnly" ? "activeOnly" : "full",
      missing: row.missing === true,
      missingAt: number(row.missingAt),
      missingRead: text(row.missingRead),
    });
  }
  return found;
}

export async function readPersons(reader: Reader): Promise<readonly KnownPerson[]> {
  const employments = new Map<string, string[]>();
  for await (const { person, employment } of rowsOf(reader, CORRELATE_QUERIES.employedAs)) {
    if (typeof person !== "string" || typeof employment !== "string") continue;
    const list = employments.get(person);
    if (list === undefined) employments.set(person, [employment]);
    else list.push(employment);
  }
  const found: KnownPerson[] = [];
  for await (const row of rowsOf(reader, CORRELATE_QUERIES.persons)) {
    const key = text(row.key);
    if (key === undefined) continue;
    found.push({
      key,
      aliases: texts(row.aliases),
      storedAt: number(row.storedAt) ?? 0,
      employments: (employments.get(key) ?? []).sort(),
    });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Accounts that a source describes, without what correlation itself said of them. */
export async function readAccounts(
  reader: Reader,
  tagged: ReadonlyMap<string, readonly string[]>,
): Promise<readonly AccountFacts[]> {
  const openedFrom = new Map<string, string[]>();
  for await (const { origin, opened, assertions } of rowsOf(reader, CORRELATE_QUERIES.signsInAs)) {
    if (typeof origin !== "string" || typeof opened !== "string" || isOurs(texts(assertions))) continue;
    openedFrom.set(opened, [...(openedFrom.get(opened) ?? []), origin].sort());
  }
  const found: AccountFacts[] = [];
  for await (const row of rowsOf(reader, CORRELATE_QUERIES.accounts)) {
    const key = text(row.key);
    const assertions = texts(row.assertions);
    if (key === undefined || isOurs(assertions)) continue;
    found.push({
      key,
      provider: text(row.provider),
      username: text(row.username),
      email: text(row.email),
      employeeId: text(row.employeeId)?.trim(),
      aliases: texts(row.aliases),
      accountType: reportedType(row, assertions),
      status: text(row.status),
      taggedEmails: tagged.get(key) ?? [],
      openedFrom: openedFrom.get(key) ?? [],
    });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** `rank|source|stream|partition|hash`, as docs/graph.md has it. */
function isDerived(assertion: string): boolean {
  return assertion.split("|")[1] === DERIVED_SOURCE;
}

/** Nobody but correlation says it. */
const isOurs = (assertions: readonly string[]) => assertions.length > 0 && assertions.every(isDerived);

const claim = z.object({ props: z.object({ accountType: z.enum(ACCOUNT_TYPES).optional() }) });

/** The type that the account's own sources give; the stored one may be what correlation made of it. */
function reportedType(row: Row, assertions: readonly string[]): AccountType {
  if (!assertions.some(isDerived)) return oneOf(ACCOUNT_TYPES, row.accountType, "unknown");
  for (const [i, said] of texts(row.claims).entries()) {
    if (isDerived(assertions[i] ?? "")) continue;
    const parsed = claim.safeParse(JSON.parse(said));
    if (parsed.success && parsed.data.props.accountType !== undefined) return parsed.data.props.accountType;
  }
  return "unknown";
}

/** OWNED_BY to accounts and references; what leads to a person is ours, or needs nothing. */
export async function readOwnerClaims(reader: Reader): Promise<readonly OwnerClaim[]> {
  const found: OwnerClaim[] = [];
  for (const query of [CORRELATE_QUERIES.ownedByReference, CORRELATE_QUERIES.ownedByAccount])
    for await (const row of rowsOf(reader, query)) {
      const subject = text(row.subject);
      const owner = text(row.owner);
      if (subject === undefined || owner === undefined) continue;
      found.push({ subject, owner, basis: text(row.basis) ?? "declared", evidence: text(row.evidence) });
    }
  return found;
}

export async function readCreated(
  reader: Reader,
): Promise<readonly { readonly subject: string; readonly account: string }[]> {
  const found: { subject: string; account: string }[] = [];
  for await (const { subject, account } of rowsOf(reader, CORRELATE_QUERIES.created))
    if (typeof subject === "string" && typeof account === "string") found.push({ subject, account });
  return found;
}

/** References from which access passes on: only those are worth tying to what they mean. */
export async function readReferences(reader: Reader): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const query of CORRELATE_QUERIES.references)
    for await (const { key } of rowsOf(reader, query)) if (typeof key === "string") found.add(key);
  return found;
}

/** Everything of one label that may be called by another name. */
export async function* readNamed(reader: Reader, label: string): AsyncGenerator<Referable, void, undefined> {
  const query = CORRELATE_QUERIES.named.find((one) => one.label === label);
  if (query === undefined) throw new Error(`correlation reads no names of ${label}`);
  for await (const row of rowsOf(reader, query.cypher)) {
    const key = text(row.key);
    if (key !== undefined) yield { key, provider: text(row.provider), aliases: texts(row.aliases) };
  }
}
