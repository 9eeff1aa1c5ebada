import { type PersonView, STANDINGS } from "../../export/index.js";
import type { Builder } from "../builder.js";
import type { ApiContext } from "../context.js";
import type { Entity } from "../entities.js";
import type { EntityRef } from "./fields.js";

/** What a person is today. It is worked out from the employments, and never stored. */
export function standingFields(builder: Builder, person: EntityRef): void {
  const standing = builder.enumType("Standing", {
    description: "How a person stands now, by the HR record.",
    values: STANDINGS,
  });
  const view = async ({ key }: Entity, context: ApiContext): Promise<PersonView | undefined> =>
    context.person.load(key);
  builder.objectField(person, "standing", (t) =>
    t.field({
      type: standing,
      resolve: async (entity, _args, context) => (await view(entity, context))?.standing ?? "unknown",
    }),
  );
  builder.objectField(person, "lastDay", (t) =>
    t.string({
      nullable: true,
      description: "Last day of the employment that decides the standing, as HR gives it.",
      resolve: async (entity, _args, context) => (await view(entity, context))?.lastDay ?? null,
    }),
  );
  builder.objectField(person, "department", (t) =>
    t.string({
      nullable: true,
      resolve: async (entity, _args, context) => (await view(entity, context))?.department ?? null,
    }),
  );
}
