import type { GraphStore, Row } from "../../graph/index.js";
import {
  type AssumeStatement,
  DERIVED_SOURCE,
  edgeId,
  parseAssume,
  parseEdgeId,
  speaksOf,
} from "../../model/index.js";
import type { Finding, Proof } from "../finding.js";
import type { KnownChange } from "./changes.js";
import { type Current, currentOf, first, goneProof, proof, seenChanges } from "./proof.js";

export const HOLDING_QUERIES = {
  groups: `UNWIND $keys AS k MATCH (x:Entity {key: k})-[m:MEMBER_OF]->(g:Group)
    RETURN x.key AS holder, g.key AS held, m.disc AS disc`,
  policies: `UNWIND $keys AS k MATCH (x:Entity {key: k})-[h:HAS_ENTITLEMENT]->(p:Entitlement)
    WHERE p.assumes IS NOT NULL RETURN x.key AS holder, p.key AS held, h.disc AS disc`,
} as const;

/** An edge that correlation made and took back. */
interface Ended {
  readonly type: string;
  readonly from: string;
  readonly to: string;
  /** What it rested on at last: edges and nodes. */
  readonly restedOn: readonly string[];
  /** Whether it followed from assignments to an application, each of which is enough. */
  readonly assigned: boolean;
  /** Who acted by it: its start, and who came to that as a member. */
  readonly actors: readonly string[];
}

/** A policy that somebody holds, and the edges by which: of several the last is the policy's. */
interface Held {
  readonly actor: string;
  readonly policy: string;
  readonly edges: readonly string[];
}

interface WhyEnded {
  readonly proof: Proof | undefined;
  /** Records of which the loss proves nothing, because what they gave had another ground, which stands. */
  readonly noProof: ReadonlySet<string>;
}

/**
 * Why edges that correlation made are gone from these findings: not by correlation's own read, which only follows,
 * but by the read of a source that saw what they rested on go, or change so that it no longer gives them.
 */
export async function whyDerivedEnded(
  vanished: readonly Finding[],
  before: Current,
  store: GraphStore,
  signal?: AbortSignal,
): Promise<(finding: Finding) => WhyEnded> {
  const ended = new Map(vanished.map((finding) => [finding, endedOf(finding, before)]));
  const all = [...ended.values()].flat();
  if (all.length === 0) return () => ({ proof: undefined, noProof: new Set() });
  const held = await policiesOf(store, new Set(all.flatMap(({ actors }) => actors)), signal);
  const records = new Set<string>();
  for (const { from, to, restedOn, actors } of all) {
    for (const record of [from, to, ...restedOn, ...actors]) records.add(record);
    for (const record of restedOn) {
      const edge = parseEdgeId(record);
      if (edge !== undefined) records.add(edge.from).add(edge.to);
    }
  }
  for (const { policy, edges } of held) for (const record of [policy, ...edges]) records.add(record);
  const current = await currentOf(store, records, signal);
  return (finding) => {
    const [standing, over] = divided(ended.get(finding) ?? [], (one) => stillAssigned(one, current));
    return {
      proof: first(
        over,
        (one) =>
          first(one.restedOn, (record) => goneProof(record, current)) ??
          (one.type === "CAN_ASSUME" ? whyNotAssumed(one, held, current) : undefined),
      ),
      noProof: new Set(standing.flatMap(({ restedOn }) => restedOn)),
    };
  };
}

function endedOf(finding: Finding, current: Current): readonly Ended[] {
  return finding.evidence.flatMap(({ record, role }): readonly Ended[] => {
    const edge = parseEdgeId(record);
    if (role !== "access" || edge === undefined || current.exists(record)) return [];
    const last = current.changes.get(record)?.at(-1);
    if (last?.kind !== "removed" || last.source !== DERIVED_SOURCE) return [];
    const { type, from, to } = edge;
    const members = finding.evidence.flatMap((item) => {
      const other = parseEdgeId(item.record);
      return other?.type === "MEMBER_OF" && other.to === from ? [other.from] : [];
    });
    const assigned = type === "SIGNS_IN_AS" || last.before.trust === "saml";
    const restedOn = texts(last.before.restsOn);
    return [{ type, from, to, restedOn, assigned, actors: [from, ...members] }];
  });
}

/**
 * Whether one of the assignments that it followed from stands, to them or to a group that they are in still: then
 * something else ended it (the application was disabled), and the loss of another assignment proves nothing.
 */
function stillAssigned({ assigned, from, restedOn }: Ended, current: Current): boolean {
  if (!assigned) return false;
  const standing = restedOn
    .filter((record) => current.exists(record))
    .flatMap((record) => parseEdgeId(record) ?? []);
  const holders = new Set([
    from,
    ...standing.filter((edge) => edge.type === "MEMBER_OF" && edge.from === from).map(({ to }) => to),
  ]);
  return standing.some((edge) => edge.type === "HAS_ENTITLEMENT" && holders.has(edge.from));
}

/** What policies say now is less than it was: one no longer allows it, a boundary does not, or a Deny came. */
function whyNotAssumed(ended: Ended, held: readonly Held[], current: Current): Proof | undefined {
  const arn = current.nodes.get(ended.to)?.props.arn;
  if (typeof arn !== "string") return undefined;
  const words = (what: string) => `${what} ${ended.to} to ${ended.from}`;
  const variables = variablesOf(ended.from, current);
  const policies = ended.restedOn.flatMap((record) => {
    const edge = parseEdgeId(record);
    return edge?.type === "HAS_ENTITLEMENT" ? [edge.to] : [];
  });
  return (
    first(policies, (policy) => {
      const turned = turn(policy, "assumes", current);
      if (turned === undefined) return undefined;
      const allowed = (value: unknown) => allows(statementsOf(value), arn, variables);
      return allowed(turned.before.assumes) && !allowed(turned.after.assumes)
        ? proof(turned, words(`${policy} no longer allows`))
        : undefined;
    }) ??
    first(ended.actors, (actor) => {
      const turned = turn(actor, "assumesWithin", current);
      if (turned === undefined) return undefined;
      // Without a boundary nothing holds it back.
      const allowed = (value: unknown) =>
        value === undefined || allows(statementsOf(value), arn, variablesOf(actor, current));
      return allowed(turned.before.assumesWithin) && !allowed(turned.after.assumesWithin)
        ? proof(turned, words(`the boundary of ${actor} no longer allows`))
        : undefined;
    }) ??
    first(
      held.filter(({ actor }) => ended.actors.includes(actor)),
      (one) => {
        const change = denialOf(one, arn, current);
        return change === undefined ? undefined : proof(change, words(`${one.policy} denies`));
      },
    )
  );
}

/** What brought a Deny that holds now: it was written into the policy, or the policy or the group came to them. */
function denialOf({ actor, policy, edges }: Held, arn: string, current: Current): KnownChange | undefined {
  const denied = (value: unknown) => denies(statementsOf(value), arn, variablesOf(actor, current));
  if (!denied(current.nodes.get(policy)?.props.assumes)) return undefined;
  const written = seenChanges(policy, current).findLast((change) =>
    change.kind === "changed"
      ? denied(change.after.assumes) && !denied(change.before.assumes)
      : isArrival(change),
  );
  const came = edges.flatMap((edge) => seenChanges(edge, current).findLast(isArrival) ?? []);
  return [...(written === undefined ? [] : [written]), ...came].reduce<KnownChange | undefined>(
    (newest, one) => (newest === undefined || one.readAt > newest.readAt ? one : newest),
    undefined,
  );
}

const isArrival = ({ kind }: KnownChange) => kind === "added" || kind === "returned";

/** The newest change of one property of a node. */
function turn(record: string, name: string, current: Current): KnownChange | undefined {
  return seenChanges(record, current).findLast(
    ({ kind, before, after }) => kind === "changed" && (name in before || name in after),
  );
}

type Variables = Readonly<Record<string, string>>;

function variablesOf(actor: string, current: Current): Variables {
  const username = current.nodes.get(actor)?.props.username;
  return typeof username === "string" ? { "aws:username": username } : {};
}

function allows(statements: readonly AssumeStatement[], arn: string, variables: Variables): boolean {
  return (
    statements.some((one) => one.allow && speaksOf(one, arn, variables)) &&
    !denies(statements, arn, variables)
  );
}

/** A Deny under a condition may not apply. */
function denies(statements: readonly AssumeStatement[], arn: string, variables: Variables): boolean {
  return statements.some((one) => !one.allow && one.condition === undefined && speaksOf(one, arn, variables));
}

function statementsOf(value: unknown): readonly AssumeStatement[] {
  return texts(value).flatMap((text) => parseAssume(text) ?? []);
}

/** Policies that speak of assuming roles, held by these or by their groups. */
async function policiesOf(
  store: GraphStore,
  actors: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<readonly Held[]> {
  const groups = await holdings("MEMBER_OF", HOLDING_QUERIES.groups, store, actors, signal);
  const holders = new Set([...actors, ...groups.map(({ held }) => held)]);
  const policies = await holdings("HAS_ENTITLEMENT", HOLDING_QUERIES.policies, store, holders, signal);
  return policies.flatMap(({ holder, held, edge }): readonly Held[] => [
    ...(actors.has(holder) ? [{ actor: holder, policy: held, edges: [edge] }] : []),
    ...groups
      .filter((group) => group.held === holder)
      .map((group) => ({ actor: group.holder, policy: held, edges: [group.edge, edge] })),
  ]);
}

const BATCH = 2_000;

async function holdings(
  type: "MEMBER_OF" | "HAS_ENTITLEMENT",
  query: string,
  store: GraphStore,
  of: ReadonlySet<string>,
  signal: AbortSignal | undefined,
) {
  const rows: Row[] = [];
  const keys = [...of].sort();
  for (let from = 0; from < keys.length; from += BATCH) {
    rows.push(...(await store.rows(query, { keys: keys.slice(from, from + BATCH) }, signal)));
  }
  return rows
    .flatMap(({ holder, held, disc }) =>
      typeof holder === "string" && typeof held === "string"
        ? [{ holder, held, edge: edgeId(type, holder, held, typeof disc === "string" ? disc : undefined) }]
        : [],
    )
    .sort((a, b) => (a.edge < b.edge ? -1 : 1));
}

function divided<T>(items: readonly T[], holds: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(holds), items.filter((item) => !holds(item))];
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
