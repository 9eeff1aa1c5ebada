import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { type Memo, setOf } from "./memo.js";
import { resourceKey, roleKey } from "./names.js";
import type { Context } from "./page.js";
import { type Assessment, isBasicRole, isCustomRole, ofPredefined } from "./privilege.js";
import { conditionOf, edge, holderOf, node } from "./records.js";
import { policyShape } from "./shapes.js";

const page = z.object({
  resource: z
    .string()
    .regex(/^(organizations|folders|projects)\/\d+$/)
    .optional(),
  policy: policyShape.optional(),
});

/** Who holds which role on an organisation, folder or project. */
export function* convertPolicies(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { resource, policy } = page.parse(raw);
  if (resource === undefined || policy === undefined) return;
  const { source, memo } = context;
  const hidden = policy.version !== undefined && policy.version < 3 ? policy.bindings.some(isMasked) : false;
  if (hidden) context.partial("a policy was given without its conditions, which only version 3 has");
  if (memo.project?.name === resource) rememberBasicMembers(policy.bindings, memo);
  for (const { role, members, condition } of policy.bindings) {
    const key = roleKey(source, resource, role);
    yield entitlement(key, role, resource, isCustomRole(role) ? undefined : ofPredefined(role));
    yield edge("ON", key, resourceKey(source, resource));
    if (isCustomRole(role)) setOf(memo.customBindings, role).add(resource);
    const { disc, values } = conditionOf(condition);
    for (const text of members) {
      const holder = holderOf(text, context);
      if (holder === undefined) continue;
      yield* holder.records;
      yield edge("HAS_ENTITLEMENT", holder.key, key, values, disc);
    }
  }
}

/** Asked for at version 1, Google puts a marker in the place of each conditional binding's role. */
const isMasked = ({ role }: { readonly role: string }) => role.includes("_withcond_");

function rememberBasicMembers(
  bindings: readonly { readonly role: string; readonly members: readonly string[] }[],
  memo: Memo,
): void {
  memo.policiesWhole = true;
  // `projectOwner:` and the like mean these alone: whoever holds the newer basic roles is none of theirs.
  // https://cloud.google.com/iam/docs/roles-overview#basic
  for (const basic of ["roles/owner", "roles/editor", "roles/viewer"]) {
    memo.basicMembers.set(
      basic,
      bindings.flatMap(({ role, members }) => (role === basic ? members : [])),
    );
  }
}

/** A role on a resource; without an assessment where another stream knows what it allows. */
export function entitlement(
  key: string,
  role: string,
  resource: string,
  assessment: Assessment | undefined,
): GraphRecord {
  const custom = isCustomRole(role);
  return node("Entitlement", "GoogleRole", key, {
    name: role,
    role,
    resource,
    roleType: custom ? "custom" : isBasicRole(role) ? "basic" : "predefined",
    ...assessed(assessment),
  });
}

/** Properties of what a role lets one do. */
export function assessed(assessment: Assessment | undefined) {
  return {
    privilege: assessment?.privilege ?? "unknown",
    privilegeWhy: assessment?.why,
    confers: assessment?.acts === true ? "impersonate" : undefined,
  };
}
