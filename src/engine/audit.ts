import { type InvariantsReport, verifyInvariants } from "../ingest/index.js";
import type { AuditReport } from "../journal/index.js";
import { globalIdsOf, type Project } from "./project.js";

/** What `audit verify` found: of the journal, and of the graph. */
export interface ProjectAudit extends InvariantsReport {
  /** The journal holds, and the graph violates nothing. */
  readonly ok: boolean;
  readonly journal: AuditReport;
}

/** Checks the journal's chain, and holds all invariants against the whole graph. Changes nothing. */
export async function auditProject(project: Project): Promise<ProjectAudit> {
  const journal = await project.journal.verify();
  const graph = await verifyInvariants(project.store, globalIdsOf(project.collectors), project.signal);
  return { ok: journal.ok && graph.invariants.every(({ count }) => count === 0), journal, ...graph };
}
