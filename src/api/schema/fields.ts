import type { Builder } from "../builder.js";
import type { Entity } from "../entities.js";
import type { Kind } from "./objects.js";

export type EntityRef = ReturnType<typeof entityRef>;

export function entityRef(builder: Builder, name: string) {
  return builder.objectRef<Entity>(name);
}

/** Adds a field that shows a property. */
export function propertyField(builder: Builder, ref: EntityRef, name: string, kind: Kind): void {
  builder.objectField(ref, name, (t) => {
    switch (kind) {
      case "known":
        return t.string({ resolve: (entity) => text(entity, name) ?? "unknown" });
      case "string":
        return t.string({ nullable: true, resolve: (entity) => text(entity, name) });
      case "flag":
        return t.boolean({ nullable: true, resolve: (entity) => flag(entity, name) });
      case "instant":
        return t.field({ type: "DateTime", nullable: true, resolve: (entity) => number(entity, name) });
      case "strings":
        return t.stringList({ complexity: 1, resolve: (entity) => texts(entity, name) });
    }
  });
}

export function texts(entity: Entity, property: string): string[] {
  const value = entity.props[property];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function text(entity: Entity, property: string): string | null {
  const value = entity.props[property];
  return typeof value === "string" ? value : null;
}

function number(entity: Entity, property: string): number | null {
  const value = entity.props[property];
  return typeof value === "number" ? value : null;
}

function flag(entity: Entity, property: string): boolean | null {
  const value = entity.props[property];
  return typeof value === "boolean" ? value : null;
}
