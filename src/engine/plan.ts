import type { StreamInfo } from "../collect/index.js";
import { collectorOf, type Project } from "./project.js";

/** What the configuration reads: by it, a rule knows which source would have said what it needs. */
export interface PlannedSource {
  readonly source: string;
  readonly type: string;
  readonly category: "hr" | "access";
  readonly streams: readonly StreamInfo[];
}

export function sourcePlan(project: Pick<Project, "config" | "collectors">): readonly PlannedSource[] {
  return project.config.sources.map((source) => {
    const { category, streams } = collectorOf(project.collectors, source);
    return { source: source.name, type: source.type, category, streams };
  });
}
