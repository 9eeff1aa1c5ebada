import { type EdgeRecord, type GraphRecord, type NodeRecord, type Props, recordId } from "../model/index.js";
import type { AccountLinks } from "./accounts.js";
import type { FederatedAssumption } from "./app-roles.js";
import type { Assumption } from "./assume.js";
import { termOf, termProps } from "./employment.js";
import type { Owner } from "./owners.js";
import type { PersonIndex } from "./person-index.js";
import type { PersonFacts } from "./persons.js";
import type { Tie } from "./references.js";
import type { Derived } from "./ways.js";

/** Everything that correlation found out. */
export interface Findings {
  readonly persons: readonly PersonFacts[];
  readonly index: PersonIndex;
  readonly accounts: AccountLinks;
  readonly owners: readonly Owner[];
  readonly ties: readonly Tie[];
  readonly assumptions: readonly Assumption[];
  readonly signIns: readonly Derived[];
  readonly federated: readonly FederatedAssumption[];
}

/** What was found out as records of the source `derived`, in the order of their ids. */
export function recordsOf(found: Findings): readonly GraphRecord[] {
  const records: GraphRecord[] = [
    ...found.persons.flatMap((person) => personRecords(person, found.index)),
    ...accountRecords(found.accounts),
    ...found.owners.map(({ subject, person, basis, evidence }) =>
      edge("OWNED_BY", subject, person, { basis, evidence }),
    ),
    ...found.ties.map(({ real, reference, rule, evidence }) =>
      edge("SAME_AS", real, reference, { rule, confidence: 1, evidence }),
    ),
    ...found.assumptions.map(({ from, to, discriminator, condition, restsOn }) => ({
      ...edge("CAN_ASSUME", from, to, {
        trust: "account",
        restsOn,
        ...(condition === undefined ? {} : { condition }),
      }),
      discriminator,
    })),
    ...found.signIns.map((one) => derivedEdge("SIGNS_IN_AS", one, {})),
    ...found.federated.map((one) =>
      derivedEdge("CAN_ASSUME", one, {
        trust: "saml",
        ...(one.directMembersOnly ? { directMembersOnly: true } : {}),
      }),
    ),
  ];
  const byId = new Map(records.map((record) => [recordId(record), record]));
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}

function personRecords(person: PersonFacts, index: PersonIndex): readonly GraphRecord[] {
  const node: NodeRecord = {
    kind: "node",
    key: person.key,
    label: "Person",
    ...(person.aliases.length === 0 ? {} : { aliases: person.aliases }),
    props: {
      name: person.name,
      workerIds: person.workerIds,
      storedAt: person.storedAt,
      ...(person.emails.length === 0 ? {} : { emails: person.emails }),
      ...(person.universalId === undefined ? {} : { universalId: person.universalId }),
      ...(person.sharesMailboxWith.length === 0 ? {} : { sharesMailboxWith: person.sharesMailboxWith }),
    },
  };
  const employments = person.employments.map((one) =>
    edge("EMPLOYED_AS", person.key, one.key, termProps(termOf(one, person.employments))),
  );
  const manager = managerOf(person, index);
  return manager === undefined
    ? [node, ...employments]
    : [node, ...employments, edge("REPORTS_TO", person.key, manager.key, { rule: manager.rule })];
}

/** The manager that the most telling employment names: a worker id of its source, or else an e-mail. */
function managerOf(
  person: PersonFacts,
  index: PersonIndex,
): { key: string; rule: "workerId" | "email" } | undefined {
  const [current] = person.employments;
  if (current?.manager === undefined) return undefined;
  const attempts = [
    ["workerId", index.byWorkerIdIn(current.source, current.manager)],
    ["email", index.byEmail(current.manager)],
  ] as const;
  for (const [rule, found] of attempts) {
    const [key, another] = found;
    if (key !== undefined && another === undefined && key !== person.key) return { key, rule };
  }
  return undefined;
}

function accountRecords({ links, disputes, retyped }: AccountLinks): readonly GraphRecord[] {
  return [
    ...links.map(({ account, person, rule, confidence, evidence }) =>
      edge("HAS_ACCOUNT", person, account, { rule, confidence, evidence }),
    ),
    ...disputes.map(({ account, persons, rule, evidence }) =>
      accountNode(account, { disputed: persons, disputedRule: rule, disputedEvidence: evidence }),
    ),
    ...retyped.map(({ account, accountType, evidence }) =>
      accountNode(account, { accountType, accountTypeEvidence: evidence }),
    ),
  ];
}

function derivedEdge(
  type: EdgeRecord["type"],
  { from, to, discriminator, limits, restsOn, because }: Derived,
  props: Props,
): EdgeRecord {
  const evidence = because.join("; ");
  return { ...edge(type, from, to, { ...props, ...limits, evidence, restsOn }), discriminator };
}

/** Correlation says something of an account that its own source describes. */
function accountNode(key: string, props: Props): NodeRecord {
  return { kind: "node", key, label: "Account", props };
}

function edge(type: EdgeRecord["type"], from: string, to: string, props: Props): EdgeRecord {
  return { kind: "edge", type, from, to, props };
}
