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
    description: "One step of a path.",
    fields: (t) => ({
      from: t.field({ type: node, resolve: (step) => step.from }),
      edge: t.exposeString("edge"),
      to: t.field({ type: node, resolve: (step) => step.to }),
    }),
  });
  return { node, edge };
}
