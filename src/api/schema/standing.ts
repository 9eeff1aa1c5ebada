import { type PersonView, STANDING_BASES, STANDINGS } from "../../export/index.js";
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
  const basis = builder.enumType("StandingBasis", {
    description: "What a standing rests on where it is not what HR says.",
    values: {
      [STANDING_BASES[0]]: {
        description: "No HR status is mapped, and the dates alone say that somebody works.",
      },
    },
  });
  builder.objectField(person, "standingBasis", (t) =>
    t.field({
      type: basis,
      nullable: true,
      description: "Null where the standing is what HR says.",
      resolve: async (entity, _args, context) => (await view(entity, context))?.standingBasis ?? null,
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
