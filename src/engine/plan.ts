import { notApplicable, type PlannedSource } from "../reconcile/index.js";
import { collectorOf, type Project, projectRules } from "./project.js";

/** What the configuration reads: by it, a rule knows which source would have said what it needs. */
export function sourcePlan(project: Pick<Project, "config" | "collectors">): readonly PlannedSource[] {
  return project.config.sources.map((source) => {
    const { category, streams } = collectorOf(project.collectors, source);
    return { source: source.name, type: source.type, category, streams };
  });
}

/** Ids of the rules that stay silent because no configured source reads what they judge. */
export async function rulesWithoutSource(
  project: Pick<Project, "config" | "collectors">,
): Promise<readonly string[]> {
  return notApplicable(await projectRules(project.config), sourcePlan(project));
}
