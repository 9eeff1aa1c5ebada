import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import RelayPlugin from "@pothos/plugin-relay";
import { GraphQLScalarType } from "graphql";
import type { CellValue } from "../graph/index.js";
import type { ApiContext } from "./context.js";

export interface SchemaTypes {
  Context: ApiContext;
  DefaultFieldNullability: false;
  DefaultInputFieldRequiredness: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    /** Epoch ms inside, ISO 8601 in UTC outside. */
    DateTime: { Input: number; Output: number };
    JSON: { Input: CellValue; Output: CellValue };
  };
}

/** Rough cost of a list: what it may hold at most times the cost of one entry. */
export const LIST_COST = 10;

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>;

/** A builder with the scalars; a schema is made from it once per limit, see schema/index.ts. */
export function createBuilder(limits: { readonly maxDepth: number; readonly maxCost: number }): Builder {
  const builder = new SchemaBuilder<SchemaTypes>({
    plugins: [ComplexityPlugin, RelayPlugin],
    defaultFieldNullability: false,
    complexity: {
      defaultComplexity: 1,
      defaultListMultiplier: LIST_COST,
      limit: { complexity: limits.maxCost, depth: limits.maxDepth },
    },
    relay: {
      cursorType: "String",
      edgesFieldOptions: { nullable: { list: false, items: false } },
      nodeQueryOptions: false,
      nodesQueryOptions: false,
    },
  });
  builder.addScalarType(
    "DateTime",
    new GraphQLScalarType<number, string>({
      name: "DateTime",
      description: "An instant, ISO 8601 in UTC.",
      serialize: (value) => (typeof value === "number" ? new Date(value).toISOString() : String(value)),
      parseValue: (value) => parseInstant(value),
    }),
  );
  builder.addScalarType(
    "JSON",
    new GraphQLScalarType<CellValue, CellValue>({ name: "JSON", description: "A JSON value." }),
  );
  return builder;
}

function parseInstant(value: unknown): number {
  const instant = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(instant))
    throw new TypeError("DateTime takes an ISO 8601 instant, e.g. 2026-03-04T00:00:00Z");
  return instant;
}
