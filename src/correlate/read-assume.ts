import type { CellValue, Row } from "../graph/index.js";
import { edgeId, parseAssume, parseKey, refKey } from "../model/index.js";
import type { AccountTrust, Actor, AssumeFacts, Holding } from "./assume.js";
import { type Reader, rowsOf, text, texts } from "./rows.js";

/** Trust in whoever it is, in whichever account. */
const ANYBODY = refKey("aws-principal", "*");

export const ASSUME_QUERIES = {
  accountTrusts: `MATCH (f:Entity)-[e:CAN_ASSUME]->(r:NonHumanIdentity)
    WHERE r.arn IS NOT NULL AND (f.key CONTAINS '/aws-account/' OR f.key = '${ANYBODY}')
    RETURN f.key AS trusted, r.key AS role, r.arn AS arn, e.disc AS disc, e.condition AS condition`,
  holdings: `MATCH (h:Entity)-[e:HAS_ENTITLEMENT]->(p:Entitlement) WHERE p.assumes IS NOT NULL
    RETURN h.key AS holder, p.key AS policy, e.disc AS disc, p.assumes AS assumes`,
  groupMembers: `MATCH (a:Account)-[:MEMBER_OF]->(g:Group)-[:HAS_ENTITLEMENT]->(p:Entitlement)
    WHERE p.assumes IS NOT NULL RETURN DISTINCT a.key AS member, g.key AS memberOf`,
  actors: ["Account", "NonHumanIdentity", "Group"].map(
    (label) =>
      `MATCH (x:${label}) WHERE x.accountId IS NOT NULL
       RETURN x.key AS key, x.accountId AS account, x.username AS username, x.assumesWithin AS within`,
  ),
} as const;

/** Roles that trust an account as a whole, and what policies say of assuming roles. */
export async function readAssumeFacts(reader: Reader): Promise<AssumeFacts> {
  const nothing: AssumeFacts = { trusts: [], holdings: [], members: [], actors: new Map() };
  const trusts = await readAccountTrusts(reader);
  if (trusts.length === 0) return nothing;
  const holdings = await readHoldings(reader);
  if (holdings.length === 0) return nothing;
  const members: { member: string; group: string }[] = [];
  for await (const { member, memberOf } of rowsOf(reader, ASSUME_QUERIES.groupMembers))
    if (typeof member === "string" && typeof memberOf === "string") members.push({ member, group: memberOf });
  const actors = new Map<string, Actor>();
  const acting = new Set([...holdings.map(({ holder }) => holder), ...members.map(({ member }) => member)]);
  for (const [at, query] of ASSUME_QUERIES.actors.entries())
    for await (const row of rowsOf(reader, query)) {
      const key = text(row.key);
      const account = text(row.account);
      if (key === undefined || account === undefined || !acting.has(key)) continue;
      actors.set(key, { key, account, isGroup: at === GROUPS, ...actorFacts(key, account, row) });
    }
  return { trusts, holdings, members, actors };
}

/** Place of the groups among the reads of actors. */
const GROUPS = 2;

async function readAccountTrusts(reader: Reader): Promise<readonly AccountTrust[]> {
  const found: AccountTrust[] = [];
  for await (const row of rowsOf(reader, ASSUME_QUERIES.accountTrusts)) {
    const trusted = text(row.trusted);
    const role = text(row.role);
    const roleArn = text(row.arn);
    if (trusted === undefined || role === undefined || roleArn === undefined) continue;
    const { kind, id } = parseKey(trusted);
    if (kind !== "aws-account" && trusted !== ANYBODY) continue;
    found.push({
      edge: edgeId("CAN_ASSUME", trusted, role, text(row.disc)),
      account: trusted === ANYBODY ? undefined : id,
      role,
      roleArn,
      condition: text(row.condition),
    });
  }
  return found;
}

async function readHoldings(reader: Reader): Promise<readonly Holding[]> {
  const found: Holding[] = [];
  /** One policy has many holders. */
  const known = new Map<string, Holding["statements"]>();
  for await (const row of rowsOf(reader, ASSUME_QUERIES.holdings)) {
    const holder = text(row.holder);
    const policy = text(row.policy);
    if (holder === undefined || policy === undefined) continue;
    const statements = known.get(policy) ?? statementsOf(row.assumes);
    known.set(policy, statements);
    found.push({ holder, statements, edge: edgeId("HAS_ENTITLEMENT", holder, policy, text(row.disc)) });
  }
  return found;
}

const statementsOf = (value: CellValue | undefined): Holding["statements"] =>
  texts(value).flatMap((said) => parseAssume(said) ?? []);

function actorFacts(key: string, account: string, row: Row): Pick<Actor, "variables" | "within"> {
  const username = text(row.username);
  const within = row.within === null || row.within === undefined ? undefined : statementsOf(row.within);
  return {
    variables: {
      "aws:userid": parseKey(key).id,
      "aws:principalaccount": account,
      ...(username === undefined ? {} : { "aws:username": username }),
    },
    within,
  };
}
