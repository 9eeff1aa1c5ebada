import { z } from "zod";
import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { assessed } from "./convert-policies.js";
import { resourceKey, roleKey } from "./names.js";
import type { Context } from "./page.js";
import { ofPermissions } from "./privilege.js";
import { edge, node } from "./records.js";
import { each, roleShape } from "./shapes.js";

const page = z.object({ roles: z.array(z.unknown()).default([]) });

/** What custom roles let one do, where somebody holds them. */
export function* convertRoles(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { roles } = page.parse(raw);
  for (const role of learnRoles(roles, context)) {
    const assessment = context.memo.roles.get(role.name);
    for (const resource of context.memo.customBindings.get(role.name) ?? []) {
      const key = roleKey(context.source, resource, role.name);
      yield node("Entitlement", "GoogleRole", key, {
        name: role.name,
        title: role.title,
        ...assessed(assessment),
      });
      // Of a read in which policies and roles fare differently, either keeps the role where it belongs.
      yield edge("ON", key, resourceKey(context.source, resource));
    }
  }
}

/** Puts what roles let one do into the memo. */
export function learnRoles(
  roles: readonly unknown[],
  context: Context,
): readonly z.infer<typeof roleShape>[] {
  const read = each(roleShape, roles, context.reject, "custom role");
  for (const role of read) context.memo.roles.set(role.name, ofPermissions(role));
  return read;
}
