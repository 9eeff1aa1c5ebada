import { lexicographicSortSchema, printSchema } from "graphql";
import { apiSchema } from "./index.js";

/** The schema as text, ordered by name: what stands in git as schema.graphql. */
export function printApiSchema(): string {
  const schema = apiSchema({ maxDepth: 1, maxCost: 1 });
  return `# Made by \`npm run schema\`. See docs/graphql.md.\n\n${printSchema(lexicographicSortSchema(schema))}\n`;
}
