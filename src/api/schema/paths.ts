import type { NodeRef } from "../../model/index.js";
import type { EdgeRef } from "../../reconcile/index.js";
import type { Builder } from "../builder.js";

export type PathRefs = ReturnType<typeof pathTypes>;

/** Nodes and edges as findings and paths show them. */
export function pathTypes(builder: Builder) {
  const node = builder.objectRef<NodeRef>("NodeRef").implement({
    description: "A node, as paths name it; `entity(key:)` has the whole of it.",
    fields: (t) => ({
      key: t.exposeID("key"),
      label: t.exposeString("label"),
      name: t.exposeString("name"),
    }),
  });
  const edge = builder.objectRef<EdgeRef>("EdgeRef").implement({
    description: "One step of a path, in walking order.",
    fields: (t) => ({
      from: t.field({ type: node, resolve: (step) => step.from }),
      edge: t.exposeString("edge"),
      to: t.field({ type: node, resolve: (step) => step.to }),
      reversed: t.boolean({
        description: "The edge itself points from `to` to `from`, and the path follows it the other way.",
        resolve: (step) => step.reversed === true,
      }),
      changeAt: t.string({
        nullable: true,
        description: "Of a cut: where to change an edge that no system stores as such.",
        resolve: (step) => step.changeAt ?? null,
      }),
    }),
  });
  return { node, edge };
}
