import type { GraphQLSchema } from "graphql";
import { createBuilder, type SchemaLimits } from "../builder.js";
import { accessTypes } from "./access.js";
import { entityTypes } from "./entities.js";
import { findingTypes } from "./findings.js";
import { pathTypes } from "./paths.js";
import { readTypes } from "./reads.js";
import { searchField } from "./search.js";

/** The schema, with the limits that it holds queries to. What it says does not depend on them. */
export function apiSchema(limits: SchemaLimits): GraphQLSchema {
  const builder = createBuilder(limits);
  const paths = pathTypes(builder);
  entityTypes(builder);
  findingTypes(builder, paths);
  readTypes(builder);
  accessTypes(builder, paths);
  searchField(builder, paths);
  return builder.toSchema();
}
