import {
  type CanonicalLabel,
  digest,
  type EdgeRecord,
  type EdgeType,
  type GraphRecord,
  type NodeRecord,
  type Props,
  type PropValue,
} from "../../src/model/index.js";
import { belongsTo, isServiceAgent, type Member, parseMember } from "./members.js";
import type { Memo } from "./memo.js";
import { setOf } from "./memo.js";
import { accountKey, basicRoleKey, memberRef, publicKey } from "./names.js";
import type { Binding } from "./shapes.js";

type Values = Readonly<Record<string, PropValue | undefined>>;

/** Leaves out what is unknown. */
export function known(values: Values): Props {
  const props: Record<string, PropValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) props[name] = value;
  return props;
}

export function node(
  label: CanonicalLabel,
  provider: string,
  key: string,
  values: Values,
  aliases: readonly (string | undefined)[] = [],
): NodeRecord {
  const named = [...new Set(aliases.filter((alias) => alias !== undefined))].sort();
  return {
    kind: "node",
    key,
    label,
    provider,
    ...(named.length === 0 ? {} : { aliases: named }),
    props: known(values),
  };
}

export function edge(type: EdgeType, from: string, to: string, values: Values = {}, disc = ""): EdgeRecord {
  return {
    kind: "edge",
    type,
    from,
    to,
    ...(disc === "" ? {} : { discriminator: disc }),
    props: known(values),
  };
}

/** What a binding's condition adds to its edges: two conditions are two bindings of one role. */
export function conditionOf(condition: Binding["condition"]): {
  readonly disc: string;
  readonly values: Values;
} {
  if (condition === undefined) return { disc: "", values: {} };
  const { expression, title, described } = condition;
  return {
    disc: digest(expression, title ?? "").slice(0, 16),
    values: {
      condition: expression,
      conditionTitle: title,
      conditionDescribed: described ? true : undefined,
    },
  };
}

/** Where a member's edges begin, and the records that describe it where nothing else does. */
export interface Holder {
  readonly key: string;
  readonly records: readonly GraphRecord[];
}

export interface HolderContext {
  readonly source: string;
  readonly memo: Memo;
  partial(reason: string): void;
}

/** Undefined where the read cannot tell who is meant; then it is partial. */
export function holderOf(text: string, context: HolderContext): Holder | undefined {
  const { source, memo } = context;
  const member = parseMember(text);
  switch (member.kind) {
    case "public":
      return publicHolder(source, member.form);
    case "serviceAccount":
      return serviceAccountHolder(member, context);
    case "basicRole":
      return basicRoleHolder(member, context);
    case "federated":
      setOf(memo.federated, member.pool).add(member.form);
      return { key: memberRef(member.form), records: [] };
    // The resource describes the group, and each of its accounts its membership: where it is read, that is all of them.
    case "serviceAccounts":
    case "other":
      return { key: memberRef(member.form), records: [] };
  }
}

function publicHolder(source: string, form: "allUsers" | "allAuthenticatedUsers"): Holder {
  const key = publicKey(source, form);
  const name = form === "allUsers" ? "everybody on the internet" : "everybody with a Google account";
  return { key, records: [node("Group", "GooglePublic", key, { name, member: form }, [form])] };
}

function serviceAccountHolder(
  { form, email }: Extract<Member, { kind: "serviceAccount" }>,
  { source, memo, partial }: HolderContext,
): Holder | undefined {
  const uniqueId = memo.accounts.get(email);
  if (uniqueId !== undefined) return { key: accountKey(source, uniqueId), records: [] };
  const key = memberRef(form);
  if (isServiceAgent(email)) {
    const props = { name: email, email, nhiType: "serviceAccount", status: "unknown", managedBy: "provider" };
    return { key, records: [node("NonHumanIdentity", "GoogleServiceAgent", key, props, [email, form])] };
  }
  // By its address alone it would look like another than the one whose id an earlier read knew.
  if (memo.project !== undefined && !memo.accountsWhole && belongsTo(email, memo.project)) {
    partial("the project's service accounts were not all listed, so who some members are is not known");
    return undefined;
  }
  return { key, records: [] };
}

/** Of another project than the partition's own nothing is known but its name. */
function basicRoleHolder(
  { form, project, role }: Extract<Member, { kind: "basicRole" }>,
  context: HolderContext,
): Holder | undefined {
  const { source, memo, partial } = context;
  if (memo.project === undefined || memo.project.id !== project) return { key: memberRef(form), records: [] };
  if (!memo.policiesWhole) {
    partial("the project's policy was not read, so who holds its basic roles is not known");
    return undefined;
  }
  const key = basicRoleKey(source, memo.project.name, role);
  const records: GraphRecord[] = [
    node("Group", "GoogleBasicRole", key, { name: form, member: form, project: memo.project.name, role }, [
      form,
    ]),
  ];
  for (const text of memo.basicMembers.get(role) ?? []) {
    const member = parseMember(text).kind === "basicRole" ? undefined : holderOf(text, context);
    if (member !== undefined) records.push(...member.records, edge("MEMBER_OF", member.key, key));
  }
  return { key, records };
}
