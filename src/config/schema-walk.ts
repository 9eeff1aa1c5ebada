import { z } from "zod";

/** Reading a zod schema: which keys stand at a path. Used for suggestions, and by the test that the reference is whole. */

/** Takes defaults, optionals, pipes and the like off. */
function bare(schema: unknown): unknown {
  let current = schema;
  for (;;) {
    if (
      current instanceof z.ZodDefault ||
      current instanceof z.ZodPrefault ||
      current instanceof z.ZodOptional ||
      current instanceof z.ZodNullable ||
      current instanceof z.ZodReadonly ||
      current instanceof z.ZodCatch
    ) {
      current = current.unwrap();
    } else if (current instanceof z.ZodPipe) {
      current = current.in;
    } else {
      return current;
    }
  }
}

/** The schemas that may stand behind one step of a path. */
function step(schema: unknown, key: PropertyKey): unknown[] {
  const at = bare(schema);
  if (at instanceof z.ZodObject) {
    const shape: Record<PropertyKey, unknown> = at.shape;
    return Object.hasOwn(shape, key) ? [shape[key]] : [];
  }
  if (at instanceof z.ZodRecord) return [at.valueType];
  if (at instanceof z.ZodArray) return [at.element];
  if (at instanceof z.ZodUnion) return at.options.flatMap((option) => step(option, key));
  return [];
}

function keysOf(schema: unknown): string[] {
  const at = bare(schema);
  if (at instanceof z.ZodObject) return Object.keys(at.shape);
  if (at instanceof z.ZodUnion) return at.options.flatMap((option) => keysOf(option));
  return [];
}

/** Keys that the schema knows at `path`. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let schemas: unknown[] = [schema];
  for (const key of path) schemas = schemas.flatMap((one) => step(one, key));
  return [...new Set(schemas.flatMap(keysOf))];
}

/** The literals and enum members that may stand at `path`. */
export function knownValues(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let schemas: unknown[] = [schema];
  for (const key of path) schemas = schemas.flatMap((one) => step(one, key));
  return schemas.flatMap((one) => {
    const at = bare(one);
    if (at instanceof z.ZodLiteral) return [...at.values].map(String);
    if (at instanceof z.ZodEnum) return at.options.map(String);
    return [];
  });
}

/** Every key of the schema as a dotted path; a record's keys are `*`. */
export function allKeys(schema: unknown, prefix = ""): readonly string[] {
  const at = bare(schema);
  if (at instanceof z.ZodObject) {
    return Object.entries(at.shape).flatMap(([key, inner]) => {
      const path = prefix === "" ? key : `${prefix}.${key}`;
      return [path, ...allKeys(inner, path)];
    });
  }
  if (at instanceof z.ZodRecord) return allKeys(at.valueType, `${prefix}.*`);
  if (at instanceof z.ZodArray) return allKeys(at.element, prefix);
  if (at instanceof z.ZodUnion) return [...new Set(at.options.flatMap((option) => allKeys(option, prefix)))];
  return [];
}
