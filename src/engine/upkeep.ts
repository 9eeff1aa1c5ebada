import { type RetireReport, readMarkers, retire } from "../ingest/index.js";
import { InputError } from "../model/index.js";
import { globalIdsOf, type Project } from "./project.js";

/** Closes a source or one partition of it: a person's decision, and no proof that anything was removed. */
export async function retireSource(
  project: Project,
  options: {
    readonly source: string;
    readonly partition?: string;
    readonly reason: string;
    readonly actor: string;
  },
): Promise<RetireReport> {
  if ((await readMarkers(project.store, options.source)).length === 0) {
    throw new InputError({
      what: `The graph holds nothing of a source named ${options.source}.`,
      fix: "`exitgraph source list` shows what it holds.",
    });
  }
  return retire({
    ...options,
    store: project.store,
    journal: project.journal,
    dataDir: project.config.dataDir,
    globalIds: globalIdsOf(project.collectors),
    log: project.log,
    signal: project.signal,
    now: project.now,
  });
}
