import { z } from "zod";
import type { WriteTransaction } from "../graph/index.js";
import type { Projectors } from "../journal/index.js";
import { canonicalJson } from "../model/index.js";
import { exceptionProjectors } from "./exceptions.js";
import type { Finding } from "./finding.js";
import { findingProps } from "./finding-node.js";
import { findingSchema, notEvaluatedSchema, sourceStatusSchema } from "./finding-schema.js";
import { isoOf } from "./when.js";

/** What `run.reconciled` means for the store. Everything comes from the event, so a rebuild gives the same. */
const findings = z.array(findingSchema);
const payloadSchema = z.object({
  run: z.string(),
  at: z.number(),
  asOf: z.number().nullable(),
  rules: z.array(z.record(z.string(), z.unknown())),
  notEvaluated: z.array(notEvaluatedSchema),
  sources: z.array(sourceStatusSchema),
  opened: findings,
  reopened: findings,
  updated: findings,
  closed: findings,
  rekeyed: z.array(z.object({ from: z.string(), finding: findingSchema })),
  still: z.array(
    z.object({
      rule: z.string(),
      population: z.number(),
      // Events of before this was said hold only what was checked.
      checked: z.boolean().default(true),
      fingerprints: z.array(z.string()),
    }),
  ),
  unchecked: z.array(z.string()),
  // `closed`: a run once ended an exception with its finding, whatever it closed as.
  endedExceptions: z.array(z.object({ id: z.string(), because: z.enum(["expired", "removed", "closed"]) })),
});

const BATCH = 2_000;

/** Writes findings as they are, in place of what was known of them. */
export async function writeFindings(tx: WriteTransaction, all: readonly Finding[]): Promise<void> {
  for (const batch of batches(all)) {
    await tx.run("UNWIND $rows AS row MERGE (f:Finding {fingerprint: row.fingerprint}) SET f = row.props", {
      rows: batch.map((finding) => ({ fingerprint: finding.fingerprint, props: findingProps(finding) })),
    });
  }
}

/** Exceptions go with their finding to its new fingerprint. Looked up before any is set: names may change in a ring. */
async function renameExceptions(tx: WriteTransaction, renamed: ReadonlyMap<string, string>): Promise<void> {
  if (renamed.size === 0) return;
  const rows = await tx.run("MATCH (x:ExceptionRecord) RETURN x.id AS id, x.fingerprint AS fingerprint");
  const moves = rows.flatMap(({ id, fingerprint }) => {
    const to = typeof fingerprint === "string" ? renamed.get(fingerprint) : undefined;
    return typeof id !== "string" || to === undefined ? [] : [{ id, to }];
  });
  await tx.run("UNWIND $moves AS row MATCH (x:ExceptionRecord {id: row.id}) SET x.fingerprint = row.to", {
    moves,
  });
}

export const reconcileProjectors: Projectors = {
  ...exceptionProjectors,
  "run.reconciled": async (tx, event) => {
    const run = payloadSchema.parse(event.payload);
    for (const keys of batches(run.rekeyed.map(({ from }) => from))) {
      await tx.run("UNWIND $keys AS key MATCH (f:Finding {fingerprint: key}) DELETE f", { keys });
    }
    await renameExceptions(tx, new Map(run.rekeyed.map(({ from, finding }) => [from, finding.fingerprint])));
    // A finding that was renamed and closed or reopened at once is in both lists; the other one is the newer.
    await writeFindings(
      tx,
      run.rekeyed.map(({ finding }) => finding),
    );
    await writeFindings(tx, [...run.opened, ...run.reopened, ...run.updated, ...run.closed]);
    for (const { population, checked, fingerprints } of run.still) {
      for (const keys of batches(fingerprints)) {
        await tx.run(
          "UNWIND $keys AS key MATCH (f:Finding {fingerprint: key}) SET f.lastSeen = $at, f.run = $run, f.population = $population, f.checked = $checked",
          { keys, at: isoOf(run.at), run: run.run, population, checked },
        );
      }
    }
    for (const keys of batches(run.unchecked)) {
      await tx.run("UNWIND $keys AS key MATCH (f:Finding {fingerprint: key}) SET f.checked = false", {
        keys,
      });
    }
    await tx.run(
      "UNWIND $rows AS row MATCH (x:ExceptionRecord {id: row.id}) SET x.status = 'ended', x.endedAt = $at, x.endedBy = 'exitgraph', x.endedReason = row.because",
      { rows: run.endedExceptions, at: event.at },
    );
    const removed = run.closed.filter(({ closedAs }) => closedAs === "removed").length;
    await tx.run("UNWIND $rows AS row MERGE (r:Run {id: row.props.id}) SET r = row.props", {
      rows: [
        {
          props: {
            id: run.run,
            startedAt: run.at,
            asOf: run.asOf,
            actor: event.actor,
            seq: event.seq,
            opened: run.opened.length,
            reopened: run.reopened.length,
            removed,
            noLongerApplies: run.closed.length - removed,
            rules: canonicalJson(run.rules),
            notEvaluated: canonicalJson(run.notEvaluated),
            sources: canonicalJson(run.sources),
          },
        },
      ],
    });
  },
};

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += BATCH) yield items.slice(from, from + BATCH);
}
