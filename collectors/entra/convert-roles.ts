import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { type Context, entriesOf, listed, mustKnow, present } from "./convert-directory.js";
import {
  directoryRoleKey,
  instanceKey,
  instantOf,
  objectKey,
  objectRef,
  tenantKey,
  unitKey,
} from "./names.js";
import { assessRole, knownRole } from "./privilege.js";
import { APPLICATIONS, edge, node, ROLE_SCHEDULES, SERVICE_PRINCIPALS } from "./records.js";
import {
  listPage,
  type RoleAssignmentShape,
  roleAssignmentShape,
  roleDefinitionShape,
  rolesPage,
} from "./shapes.js";
import { lackOf } from "./whole.js";

export function* convertDirectoryRoles(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = rolesPage.parse(raw);
  if (page.list === "definitions") {
    for (const definition of entriesOf(page.value, roleDefinitionShape, "role definition", context)) {
      context.memo.roles.set(definition.id, knownRole(definition));
    }
    return;
  }
  // A note and no gap: without PIM there are no schedules. Edges cannot say that they are unsure of an end.
  const lack = lackOf(context.memo.lists, ROLE_SCHEDULES);
  if (lack !== undefined && page.value.length > 0)
    context.note(`until when directory roles are held, and how, is not known of all, because ${lack}`);
  for (const one of entriesOf(page.value, roleAssignmentShape, "role assignment", context)) {
    const role = roleOf(one, context);
    yield* role.records;
    const schedule = context.memo.schedules.get(scheduleId(one));
    yield edge("HAS_ENTITLEMENT", principalOf(one, context), role.key, {
      directMembersOnly: directOf(one),
      assignmentId: one.id,
      startsAt: schedule?.startsAt,
      endsAt: schedule?.endless === false ? schedule.endsAt : undefined,
      via: schedule === undefined ? undefined : [...schedule.kinds].sort().join(" and "),
    });
  }
}

/** Who may activate a role. Eligible and active are two edges: one may have both. */
export function* convertEligibility(raw: RawPage, context: Context): Iterable<GraphRecord> {
  for (const one of entriesOf(
    listPage.parse(raw).value,
    roleAssignmentShape,
    "eligible assignment",
    context,
  )) {
    const role = roleOf(one, context);
    yield* role.records;
    yield edge(
      "HAS_ENTITLEMENT",
      principalOf(one, context),
      role.key,
      {
        assignment: "eligible",
        directMembersOnly: directOf(one),
        startsAt: instantOf(one.startDateTime),
        endsAt: instantOf(one.endDateTime),
        via: viaOf(one.memberType),
      },
      `eligible ${present(one.roleEligibilityScheduleId) ?? one.id}`,
    );
  }
}

/**
 * What PIM knows of active assignments: until when. It stands on the edge that the assignment itself makes, so that an
 * assignment that is gone does not live on in what PIM said when it could still be asked.
 */
export function convertSchedules(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { schedules } = context.memo;
  const list = { stream: ROLE_SCHEDULES, shape: roleAssignmentShape, what: "active assignment" };
  for (const one of listed(listPage.parse(raw), list, context)) {
    const startsAt = instantOf(one.startDateTime);
    const endsAt = instantOf(one.endDateTime);
    const kind = (present(one.assignmentType) ?? "Assigned").toLowerCase();
    const known = schedules.get(scheduleId(one));
    if (known === undefined) {
      schedules.set(scheduleId(one), {
        startsAt,
        endsAt,
        endless: endsAt === undefined,
        kinds: new Set([kind]),
      });
      continue;
    }
    known.kinds.add(kind);
    known.endless ||= endsAt === undefined;
    if (startsAt === undefined || (known.startsAt !== undefined && startsAt < known.startsAt)) {
      known.startsAt = startsAt;
    }
    if (endsAt !== undefined && (known.endsAt === undefined || endsAt > known.endsAt)) known.endsAt = endsAt;
  }
  return [];
}

const scheduleId = (one: RoleAssignmentShape) =>
  [one.principalId, one.roleDefinitionId, scopePath(one)].join(" ");

const viaOf = (memberType: string | null | undefined) =>
  present(memberType) === undefined || memberType === "Direct" ? undefined : memberType?.toLowerCase();

/**
 * A role that a group holds, its direct members have: no group can be put into one that roles are assigned to.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
 */
const directOf = ({ principal }: RoleAssignmentShape): true | undefined =>
  principal?.["@odata.type"]?.toLowerCase().endsWith(".group") === true ? true : undefined;

const principalOf = (one: RoleAssignmentShape, { source }: Context) =>
  objectKey(source, one.principal?.["@odata.type"] ?? undefined, one.principalId);

/** The role within its scope, which is an entitlement of its own. */
function roleOf(
  one: RoleAssignmentShape,
  context: Context,
): { readonly key: string; readonly records: readonly GraphRecord[] } {
  const { source, memo } = context;
  const { scope, target } = scopeOf(one, context);
  const key = directoryRoleKey(source, one.roleDefinitionId, scope);
  const known = memo.roles.get(one.roleDefinitionId);
  const { privilege, why } = known ?? assessRole(one.roleDefinitionId, undefined);
  const everywhere = scope === "tenant";
  const name = known?.name ?? one.roleDefinitionId;
  return {
    key,
    records: [
      node(
        "Entitlement",
        "EntraDirectoryRole",
        key,
        {
          name: everywhere ? name : `${name} (${scope})`,
          role: one.roleDefinitionId,
          scope,
          privilege,
          privilegeWhy: everywhere ? why : `${why}, within its scope only`,
        },
        [],
        known === undefined ? ["name", "privilege", "privilegeWhy"] : [],
      ),
      edge("ON", key, target),
    ],
  };
}

const scopePath = ({ directoryScopeId, appScopeId }: RoleAssignmentShape) =>
  (present(directoryScopeId) ?? present(appScopeId) ?? "/").replace(/^\/+|\/+$/g, "");

/** https://learn.microsoft.com/graph/api/resources/unifiedroleassignment: `/`, `/administrativeUnits/{id}`, or `/{id}` of an application. */
function scopeOf(
  one: RoleAssignmentShape,
  context: Context,
): { readonly scope: string; readonly target: string } {
  const { source, partition, memo } = context;
  const path = scopePath(one);
  if (path === "") return { scope: "tenant", target: tenantKey(source, partition) };
  const unit = /^administrativeUnits\/([^/]+)$/i.exec(path)?.[1];
  if (unit !== undefined) return { scope: `administrativeUnits/${unit}`, target: unitKey(source, unit) };
  const appId = memo.appIdOfObject.get(path);
  const sp = memo.appIdOf.has(path) ? path : appId === undefined ? undefined : memo.spOf.get(appId);
  if (sp === undefined) {
    mustKnow(SERVICE_PRINCIPALS, "what directory roles are limited to", context);
    mustKnow(APPLICATIONS, "what directory roles are limited to", context);
  }
  return { scope: path, target: sp === undefined ? objectRef(path) : instanceKey(source, sp) };
}
