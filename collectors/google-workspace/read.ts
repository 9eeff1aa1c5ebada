import type { z } from "zod";
import { CollectError, type Partition, type RawPage, type ReadContext } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import type { WorkspaceConfig } from "./config.js";
import { PAGE } from "./limits.js";
import type { Memo } from "./memo.js";
import { NEEDS } from "./permissions.js";
import { withoutPrivate } from "./private.js";
import {
  assignmentShape,
  customerShape,
  cut,
  domainShape,
  domainsPage,
  groupShape,
  groupsPage,
  orgUnitShape,
  orgUnitsPage,
  roleShape,
  rolesPage,
  userShape,
  usersPage,
} from "./shapes.js";

export type Io = ReadContext<WorkspaceConfig, Memo>;
type Read = (session: Session, partition: Partition, io: Io) => AsyncIterable<RawPage>;

/** An answer in its documented form; else the read cannot go on, and says nothing of its content. */
export function answerOf<T>(shape: z.ZodType<T>, operation: string, body: unknown): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  const message = `the answer of ${operation} has not the documented form`;
  throw new CollectError({ kind: "fatal", message }, message);
}

/** Fields to ask for, without what nobody uses: https://developers.google.com/workspace/admin/directory/v1/guides/performance#partial */
const fieldsOf = (list: string, fields: readonly string[]) =>
  `kind,nextPageToken,${list}(${fields.join(",")})`;

const USER_FIELDS = fieldsOf("users", [
  ...Object.keys(userShape.shape).filter((field) => field !== "name"),
  "name(fullName)",
]);
const GROUP_FIELDS = fieldsOf("groups", Object.keys(groupShape.shape));
const ROLE_FIELDS = fieldsOf("items", [
  ...Object.keys(roleShape.shape).filter((field) => field !== "rolePrivileges"),
  "rolePrivileges(privilegeName)",
]);
const ASSIGNMENT_FIELDS = fieldsOf("items", [
  ...Object.keys(assignmentShape.shape).filter((field) => field !== "expirationDetails"),
  "expirationDetails(expireTime)",
]);

/** Domains come in one answer. https://developers.google.com/workspace/admin/directory/reference/rest/v1/domains/list */
export const readDomains: Read = async function* (session, { id }, io) {
  io.scope("domains");
  const fields = "domains(domainName,isPrimary,verified,domainAliases(domainAliasName,verified))";
  const body = await io.call("domains.list", (signal) =>
    session.directory(`customer/${id}/domains`, { fields }, NEEDS.domains, signal),
  );
  const { domains } = answerOf(domainsPage, "domains.list", body);
  const customer = cut(customerShape, session.customer ?? { id });
  yield { customerId: id, customer, domains: domains.map((entry) => cut(domainShape, entry)) };
};

/** So do units, the root among them. https://developers.google.com/workspace/admin/directory/reference/rest/v1/orgunits/list */
export const readOrgUnits: Read = async function* (session, { id }, io) {
  io.scope("org-units");
  const fields = `organizationUnits(${Object.keys(orgUnitShape.shape).join(",")})`;
  const body = await io.call("orgunits.list", (signal) =>
    session.directory(
      `customer/${id}/orgunits`,
      { type: "allIncludingParent", fields },
      NEEDS.orgUnits,
      signal,
    ),
  );
  const { organizationUnits } = answerOf(orgUnitsPage, "orgunits.list", body);
  yield { customerId: id, organizationUnits: organizationUnits.map((entry) => cut(orgUnitShape, entry)) };
};

/** https://developers.google.com/workspace/admin/directory/reference/rest/v1/users/list */
export const readUsers: Read = (session, { id }, io) => {
  io.scope("users");
  return users(session, id, io, "users.list", {});
};

/** Users deleted in the last 20 days: the same list, asked another way. */
export const readDeletedUsers: Read = (session, { id }, io) => {
  io.scope("deleted-users");
  return users(session, id, io, "users.list of deleted users", { showDeleted: true });
};

async function* users(
  session: Session,
  customer: string,
  io: Io,
  operation: string,
  more: Readonly<Record<string, boolean>>,
): AsyncIterable<RawPage> {
  yield* io.pages(operation, async (pageToken, signal) => {
    const query = {
      customer,
      maxResults: PAGE.users,
      projection: "full",
      fields: USER_FIELDS,
      pageToken,
      ...more,
    };
    const page = answerOf(usersPage, operation, await session.directory("users", query, NEEDS.users, signal));
    return {
      page: {
        ...page,
        customerId: customer,
        users: page.users.map((entry) => withoutPrivate(cut(userShape, entry), io.memo.domains)),
      },
      next: page.nextPageToken,
    };
  });
}

/** https://developers.google.com/workspace/admin/directory/reference/rest/v1/groups/list */
export const readGroups: Read = async function* (session, { id }, io) {
  io.scope("groups");
  yield* io.pages("groups.list", async (pageToken, signal) => {
    const query = { customer: id, maxResults: PAGE.groups, fields: GROUP_FIELDS, pageToken };
    const body = await session.directory("groups", query, NEEDS.groups, signal);
    const page = answerOf(groupsPage, "groups.list", body);
    return {
      page: { ...page, customerId: id, groups: page.groups.map((entry) => cut(groupShape, entry)) },
      next: page.nextPageToken,
    };
  });
};

/**
 * Roles first: their assignments name them by id only.
 * https://developers.google.com/workspace/admin/directory/reference/rest/v1/roles/list, …/roleAssignments/list
 */
export const readAdminRoles: Read = async function* (session, { id }, io) {
  io.scope("admin-roles");
  const list = (operation: string, path: string, kind: string, query: object, shape: z.ZodType) =>
    io.pages(operation, async (pageToken, signal) => {
      const asked = { ...query, pageToken };
      const body = await session.directory(`customer/${id}/${path}`, asked, NEEDS.roles, signal);
      const page = answerOf(rolesPage, operation, body);
      return {
        page: { ...page, customerId: id, kind, items: page.items.map((entry) => cut(shape, entry)) },
        next: page.nextPageToken,
      };
    });
  yield* list(
    "roles.list",
    "roles",
    "admin#directory#roles",
    { maxResults: PAGE.roles, fields: ROLE_FIELDS },
    roleShape,
  );
  yield* list(
    "roleAssignments.list",
    "roleassignments",
    "admin#directory#roleAssignments",
    { maxResults: PAGE.roleAssignments, fields: ASSIGNMENT_FIELDS },
    assignmentShape,
  );
};
