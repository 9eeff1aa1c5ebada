import { z } from "zod";
import type { Session } from "./client.js";
import { inTurn } from "./limits.js";
import { ROLES } from "./memo.js";
import {
  encodePath,
  type Io,
  iamPages,
  idOf,
  isHidden,
  once,
  placeOf,
  projectOf,
  type Read,
  said,
  trimmed,
} from "./reading.js";
import { roleShape } from "./shapes.js";
import { arePoliciesWhole, WITHOUT_POLICIES_ROLES } from "./whole.js";

const rolesPage = z.object({ roles: z.array(z.unknown()).default([]) });

/** Custom roles of the project or organisation, and those of the organisation that the partition's policies name. */
export const readRoles: Read = async function* (session, partition, io) {
  io.scope(ROLES);
  const place = placeOf(session, partition);
  if ("kind" in place && place.kind === "gone") return;
  const project = projectOf(session, partition);
  const owner = project === undefined ? partition.id : idOf(project);
  if (!owner.startsWith("folders/")) {
    // Deleted roles are asked for too: bindings to them stand for 37 days, and come back with them.
    const query = { view: "FULL", pageSize: "300", showDeleted: "true" };
    for await (const { answer } of iamPages(session, io, "iam.roles.list", `${owner}/roles`, query)) {
      const { roles } = rolesPage.parse(answer);
      yield { partition: partition.id, roles: roles.map((item) => trimmed(roleShape, item)) };
    }
  }
  const elsewhere = [...io.memo.customBindings.keys()].filter((name) => !io.memo.roles.has(name));
  const roles = await rolesElsewhere(session, elsewhere, io);
  if (roles.length > 0) yield { partition: partition.id, roles };
  if (!io.memo.policiesRead || !arePoliciesWhole(io.memo))
    yield { partition: partition.id, lacks: WITHOUT_POLICIES_ROLES };
};

/** Custom roles of somebody else than the partition, each asked for once in the whole read. */
export async function rolesElsewhere(
  session: Session,
  names: readonly string[],
  io: Io,
): Promise<readonly unknown[]> {
  const roles: unknown[] = [];
  const asked = names.filter((name) => name.startsWith("organizations/"));
  for await (const { result } of inTurn(asked, (name) => sharedRole(session, name, io))) {
    if (result !== undefined && "notSeen" in result) io.partial(String(result.notSeen));
    else roles.push(result);
  }
  return roles;
}

/** What cannot be seen stays as it was: neither what the role allows, nor that it allows nothing, was read. */
async function sharedRole(session: Session, name: string, io: Io): Promise<object | undefined> {
  return once(session, name, async () => {
    try {
      const answer = await io.call("iam.roles.get", (signal) =>
        session.iam("iam.roles.get", { path: encodePath(name), signal }),
      );
      return trimmed(roleShape, answer);
    } catch (error) {
      if (!isHidden(error)) throw error;
      return { notSeen: `what the custom role ${name} allows could not be read: ${said(error)}` };
    }
  });
}
