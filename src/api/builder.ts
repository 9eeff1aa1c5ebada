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

/** What the schema refuses to work on. */
export interface SchemaLimits {
  readonly maxDepth: number;
  readonly maxCost: number;
}

export type Builder = PothosSchemaTypes.SchemaBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>>;

/** A short list inside a row costs as much as so many of its entries. */
const SHORT_LIST = 10;

/** A builder with the scalars. Depth and cost are worked out from the query before anything is read. */
export function createBuilder(limits: SchemaLimits): Builder {
  const builder = new SchemaBuilder<SchemaTypes>({
    plugins: [ComplexityPlugin, RelayPlugin],
    defaultFieldNullability: false,
    complexity: {
      defaultComplexity: 1,
      defaultListMultiplier: SHORT_LIST,
      limit: { complexity: limits.maxCost, depth: limits.maxDepth },
    },
    relay: {
      cursorType: "String",
      // The connection's own field counts its rows already.
      edgesFieldOptions: {
        nullable: { list: false, items: false },
        complexity: { field: 1, multiplier: 1 },
      },
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
    }),
  );
  builder.addScalarType(
    "JSON",
    new GraphQLScalarType<CellValue, CellValue>({ name: "JSON", description: "A JSON value." }),
  );
  builder.queryType({ description: "All of it is read-only." });
  return builder;
}
