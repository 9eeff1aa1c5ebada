import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import { digest, type GraphRecord } from "../../src/model/index.js";
import { learnRoles } from "./convert-roles.js";
import { ACCOUNTS } from "./memo.js";
import { accountKey, accountsKey, instantOf, keyKey, lastPart, resourceKey } from "./names.js";
import type { Context } from "./page.js";
import { isCustomRole, ofPredefined } from "./privilege.js";
import { conditionOf, edge, holderOf, node } from "./records.js";
import { accountShape, each, keyShape, policyShape, type ServiceAccount } from "./shapes.js";

const accountsPage = z.object({
  accounts: z.array(z.unknown()).default([]),
  more: z.boolean().default(false),
});

/** The project's service accounts. */
export function* convertAccounts(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { accounts, more } = accountsPage.parse(raw);
  for (const account of each(accountShape, accounts, context.reject, "service account")) {
    context.memo.accounts.set(account.email.toLowerCase(), account.uniqueId);
    yield* accountRecords(account, context);
  }
  // The last page says that nothing follows it. A list that holds one that was not understood is not whole.
  if (!more) context.memo.accountsWhole = !context.memo.short.has(ACCOUNTS);
}

function* accountRecords(account: ServiceAccount, context: Context): Iterable<GraphRecord> {
  const { source, memo, partition } = context;
  const key = accountKey(source, account.uniqueId);
  const email = account.email.toLowerCase();
  yield node(
    "NonHumanIdentity",
    "GoogleServiceAccount",
    key,
    {
      name: email,
      displayName: account.displayName,
      email,
      uniqueId: account.uniqueId,
      projectId: memo.project?.id,
      nhiType: "serviceAccount",
      managedBy: "customer",
      // The API leaves the field out where it is false.
      status: account.disabled === true ? "disabled" : "enabled",
    },
    [email, `serviceAccount:${email}`, `oidc:accounts.google.com#${account.uniqueId}`],
  );
  yield edge("CONTAINS", resourceKey(source, partition), key);
  yield edge("MEMBER_OF", key, accountsKey(partition));
  for (const to of memo.project?.owners ?? [])
    yield edge("OWNED_BY", key, to, {
      basis: "tag",
      evidence: `label of project ${memo.project?.id ?? partition}`,
    });
}

const holder = z.object({ email: z.string(), uniqueId: z.string().min(1) });
const policyPage = z.object({
  account: holder.optional(),
  accountOf: z.string().optional(),
  policy: policyShape.optional(),
  roles: z.array(z.unknown()).default([]),
});

/** Who may act as one service account by a role on the account itself. */
export function* convertAccountPolicies(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { account: told, accountOf, policy, roles } = policyPage.parse(raw);
  learnRoles(roles, context);
  const account = told ?? accountNamed(accountOf, context);
  if (account === undefined || policy === undefined) return;
  const key = accountKey(context.source, account.uniqueId);
  for (const { role, members, condition } of policy.bindings) {
    const acts = actsBy(role, context);
    if (!acts) continue;
    const { disc, values } = conditionOf(condition);
    for (const text of members) {
      const from = holderOf(text, context);
      if (from === undefined) continue;
      yield* from.records;
      yield edge("CAN_ASSUME", from.key, key, { role, ...values }, digest(role, disc).slice(0, 16));
    }
  }
}

/** Whether a role on an account lets one act as it. What a custom role allows may not be known. */
function actsBy(role: string, { memo, partial }: Context): boolean {
  if (!isCustomRole(role)) return ofPredefined(role).acts;
  const assessment = memo.roles.get(role);
  if (assessment === undefined)
    partial(
      `what the custom role ${role} allows is not known, so neither is who acts as service accounts by it`,
    );
  return assessment?.acts ?? false;
}

/** An export names accounts by address or by id; one whose own line is missing is not known. */
function accountNamed(
  name: string | undefined,
  { memo, partial }: Context,
): z.infer<typeof holder> | undefined {
  if (name === undefined) return undefined;
  for (const [email, uniqueId] of memo.accounts)
    if (email === name.toLowerCase() || uniqueId === name) return { email, uniqueId };
  partial("the export lacks service accounts that its other lines are of");
  return undefined;
}

const keysPage = z.object({
  account: holder.optional(),
  accountOf: z.string().optional(),
  keys: z.array(z.unknown()).default([]),
});

/** Keys that people made. Their private half is in no answer, and their public half is not asked for. */
export function* convertKeys(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { account: told, accountOf, keys } = keysPage.parse(raw);
  const account = told ?? accountNamed(accountOf, context);
  if (account === undefined) return;
  const { source, memo } = context;
  for (const key of each(keyShape, keys, context.reject, "key")) {
    if (key.keyType === "SYSTEM_MANAGED") continue;
    const id = lastPart(key.name);
    const own = keyKey(source, account.uniqueId, id);
    yield node("Credential", "GoogleServiceAccountKey", own, {
      name: id,
      keyId: id,
      credentialType: "key",
      status: key.disabled === true ? "inactive" : "active",
      disableReason: key.disableReason,
      origin: key.keyOrigin,
      createdAt: instantOf(key.validAfterTime),
      expiresAt: instantOf(key.validBeforeTime),
      account: account.email.toLowerCase(),
      projectId: memo.project?.id,
    });
    yield edge("HAS_CREDENTIAL", accountKey(source, account.uniqueId), own);
  }
}
