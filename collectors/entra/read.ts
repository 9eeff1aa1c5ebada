import type { z } from "zod";
import { CollectError, type Partition, type RawPage, type ReadContext } from "../../src/collect/index.js";
import type { Ask, Session } from "./client.js";
import type { EntraConfig } from "./config.js";
import { GraphRefusal, licenceMissing } from "./errors.js";
import { PAGE, PAGE_WITH_SIGN_INS } from "./limits.js";
import type { Memo } from "./memo.js";
import { NEEDS } from "./permissions.js";
import { DEVICES, DIRECTORY_ROLES, ROLE_ELIGIBILITY, ROLE_SCHEDULES, TENANT, USERS } from "./records.js";
import {
  cut,
  deviceShape,
  fullUserShape,
  type ListPage,
  listPage,
  organizationShape,
  roleAssignmentShape,
  roleDefinitionShape,
  selectOf,
  USER_EXTRAS,
  type UserExtra,
  userShape,
} from "./shapes.js";

export type Io = ReadContext<EntraConfig, Memo>;
export type Reading = (session: Session, partition: Partition, io: Io) => AsyncIterable<RawPage>;

/** A list that is asked for once, as it is described in code. */
interface ListSpec {
  readonly stream: string;
  /** `/groups`. */
  readonly path: string;
  readonly shape: z.ZodObject;
  readonly permission: string;
  /** Directory objects are counted by Graph itself, in another index: https://learn.microsoft.com/graph/aad-advanced-queries */
  readonly counted?: boolean;
  /** 0 where the list has no pages. */
  readonly top?: number;
  /** `$expand`, which cannot be had together with a count. */
  readonly expand?: string;
  /** Names for $select; those of the shape unless told. Empty: all that Graph gives. */
  readonly select?: string;
}

/** The path of a list's first page. */
function pathOf({ path, shape, counted = false, top = PAGE, expand, select }: ListSpec): string {
  const query = [
    ...(select === "" ? [] : [`$select=${select ?? selectOf(shape)}`]),
    ...(top === 0 ? [] : [`$top=${top}`]),
    ...(expand === undefined ? [] : [`$expand=${expand}`]),
    ...(counted ? ["$count=true"] : []),
  ];
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}

/** The answer as a page, its entries cut down to their shape. Throws where it is no list at all. */
function pageOf(
  answer: unknown,
  shape: z.ZodType,
  operation: string,
): { readonly page: ListPage; readonly next: string | undefined } {
  const parsed = listPage.safeParse(answer);
  if (!parsed.success) {
    const message = `${operation} gave an answer that is no list`;
    throw new CollectError({ kind: "fatal", message }, message);
  }
  const { "@odata.nextLink": next, "@odata.count": count, value } = parsed.data;
  const page = {
    ...(count === undefined || count === null ? {} : { "@odata.count": count }),
    ...(next === undefined || next === null || next === "" ? {} : { more: true }),
    value: value.map((entry) => cut(shape, entry)),
  };
  return { page, next: next ?? undefined };
}

/** All pages of a list. A nextLink is followed whole, and the header goes with each. https://learn.microsoft.com/graph/paging */
export function pagesOf(session: Session, io: Io, spec: ListSpec): AsyncIterable<ListPage> {
  const operation = `GET ${spec.path}`;
  const first = pathOf(spec);
  const { permission, counted = false } = spec;
  const pages = io.pages(operation, async (link, signal) =>
    pageOf(
      await session.get({ path: link ?? first, permission, eventual: counted }, signal),
      spec.shape,
      operation,
    ),
  );
  return oneAhead(pages);
}

/** Asks for the next page while the one before it is worked on: a list is as fast as Graph gives it. */
async function* oneAhead<T>(pages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = pages[Symbol.asyncIterator]();
  const step = () => {
    const next = iterator.next();
    // Whoever awaits it gets the error; until then nobody does.
    next.catch(() => undefined);
    return next;
  };
  for (let next = step(); ; ) {
    const result = await next;
    if (result.done === true) return;
    next = step();
    yield result.value;
  }
}

/** A stream that is one list. */
export function readList(spec: ListSpec): Reading {
  return async function* (session, _partition, io) {
    io.scope(spec.stream);
    yield* pagesOf(session, io, spec);
  };
}

/** Which tenant it is. A token of another tenant would put everything that follows in the wrong place. */
export const readTenant: Reading = async function* (session, partition, io) {
  io.scope(TENANT);
  const spec = {
    stream: TENANT,
    path: "/organization",
    shape: organizationShape,
    permission: NEEDS.organization,
    top: 0,
  };
  for await (const page of pagesOf(session, io, spec)) {
    const other = page.value
      .map((entry) => organizationShape.safeParse(entry))
      .find((parsed) => parsed.success && parsed.data.id.toLowerCase() !== partition.id);
    if (other?.success === true) {
      const message = `the credentials are of the tenant ${other.data.id}, and tenantId is ${partition.id}`;
      const error = new CollectError({ kind: "fatal", message }, message);
      session.end(error);
      throw error;
    }
    yield page;
  }
};

/** For `doctor`: a token, and one answer. */
export async function checkAccess(session: Session, call: Io["call"]): Promise<void> {
  const ask: Ask = { path: "/organization?$select=id", permission: NEEDS.organization };
  await call("GET /organization", (signal) => session.get(ask, signal));
}

/**
 * Users, with what needs a permission or licence of its own where that is there. Graph refuses the whole list for one
 * property, so the first page is asked for with less until it comes.
 */
export const readUsers: Reading = async function* (session, _partition, io) {
  io.scope(USERS);
  const refusals: { readonly extra: UserExtra; readonly reason: string }[] = [];
  const tries: readonly (readonly UserExtra[])[] = [
    ["signIns", "leaveDates"],
    ["leaveDates"],
    ["signIns"],
    [],
  ];
  for (const extras of tries) {
    const select = [selectOf(userShape), ...extras.map((extra) => USER_EXTRAS[extra])].join(",");
    const spec = {
      stream: USERS,
      path: "/users",
      shape: fullUserShape,
      permission: NEEDS.users,
      counted: true,
      top: extras.includes("signIns") ? PAGE_WITH_SIGN_INS : PAGE,
      select,
    };
    const without = (["signIns", "leaveDates"] as const)
      .filter((extra) => !extras.includes(extra))
      .map((extra) => ({
        extra,
        reason: reasonWithout(extra, refusals.find((one) => one.extra === extra)?.reason),
      }));
    let pages = 0;
    try {
      for await (const page of pagesOf(session, io, spec)) {
        pages += 1;
        yield { ...page, ...(without.length > 0 ? { without } : {}) };
      }
      return;
    } catch (error) {
      const refused = error instanceof CollectError ? error.cause : undefined;
      if (pages > 0 || extras.length === 0 || !(refused instanceof GraphRefusal) || refused.status !== 403)
        throw error;
      const licence = licenceMissing(refused);
      if (licence !== undefined)
        refusals.push({ extra: "signIns", reason: `the tenant has no licence for it (${licence})` });
    }
  }
};

function reasonWithout(extra: UserExtra, licence: string | undefined): string {
  const what = extra === "signIns" ? "when users signed in last" : "when users are expected to leave";
  return `${what} was not read: ${licence ?? "the permission is missing"} (${NEEDS[extra]})`;
}

/** Definitions first: they say what an assignment is worth. */
export const readDirectoryRoles: Reading = async function* (session, _partition, io) {
  io.scope(DIRECTORY_ROLES);
  const root = "/roleManagement/directory";
  const definitions = {
    stream: DIRECTORY_ROLES,
    path: `${root}/roleDefinitions`,
    shape: roleDefinitionShape,
    permission: NEEDS.roles,
    top: 0,
    select: "id,displayName,isBuiltIn,rolePermissions",
  };
  for await (const page of pagesOf(session, io, definitions)) yield { ...page, list: "definitions" };
  yield* pagesOf(session, io, {
    stream: DIRECTORY_ROLES,
    path: `${root}/roleAssignments`,
    shape: roleAssignmentShape,
    permission: NEEDS.roles,
    top: 0,
    select: "",
    expand: "principal",
  });
};

/** Instances carry start and end of what holds now; schedules only say when they will. */
const readInstances = (stream: string, list: string, permission: string): Reading =>
  readList({
    stream,
    path: `/roleManagement/directory/${list}`,
    shape: roleAssignmentShape,
    permission,
    top: 0,
    select: "",
    expand: "principal($select=id)",
  });
export const readEligibility = readInstances(
  ROLE_ELIGIBILITY,
  "roleEligibilityScheduleInstances",
  NEEDS.eligibility,
);
export const readSchedules = readInstances(
  ROLE_SCHEDULES,
  "roleAssignmentScheduleInstances",
  NEEDS.schedules,
);

/** A device has one registered owner at most, so $expand holds them all; Graph counts in a call of its own. */
export const readDevices: Reading = async function* (session, _partition, io) {
  io.scope(DEVICES);
  const spec = { stream: DEVICES, path: "/devices", shape: deviceShape, permission: NEEDS.devices };
  const count = await io.call("GET /devices, count", async (signal) => {
    const ask = { path: "/devices?$select=id&$top=1&$count=true", permission: NEEDS.devices, eventual: true };
    return pageOf(await session.get(ask, signal), deviceShape, "GET /devices").page["@odata.count"];
  });
  let pages = 0;
  const select = selectOf(deviceShape.omit({ registeredOwners: true }));
  for await (const page of pagesOf(session, io, {
    ...spec,
    select,
    expand: "registeredOwners($select=id)",
  })) {
    pages += 1;
    yield { ...page, ...(pages === 1 && typeof count === "number" ? { "@odata.count": count } : {}) };
  }
};
