import type { AnyCollector } from "../collect/index.js";
import type { GraphStore, ParamValue } from "../graph/index.js";
import { type ReadMarker, readMarkers } from "../ingest/index.js";
import type { Journal } from "../journal/index.js";
import { DERIVED_SOURCE, type Log, OperationError } from "../model/index.js";
import { loadReachGraph, type ReachGraph } from "../reach/index.js";
import { answer, judge, type RuleAnswer, type RuleEvaluation } from "./evaluate/evaluate.js";
import { DERIVED_PLAN, type PlannedSource, partitionStates, sourceStatuses } from "./evaluate/partitions.js";
import { Remedies } from "./evaluate/remedy.js";
import { type ExceptionRecord, exceptionsNotEnded } from "./exceptions.js";
import type { Finding, NotEvaluated, SourceStatus } from "./finding.js";
import { carry } from "./life/carry.js";
import type { EndedException } from "./life/excepted.js";
import { factsOf } from "./life/facts.js";
import { type Lifecycle, lifecycle } from "./life/lifecycle.js";
import { runId } from "./life/rekey.js";
import { closedFindings, lastRun, standingFindings } from "./read.js";
import type { Rule } from "./rules/rule.js";
import { dateIn, isoOf } from "./when.js";

export interface ReconcileOptions {
  readonly store: GraphStore;
  readonly journal: Journal;
  readonly rules: readonly Rule[];
  /** Parameters of rules, by rule id. */
  readonly params: Readonly<Record<string, Readonly<Record<string, ParamValue>>>>;
  /** Epoch ms: when the run is. */
  readonly now: number;
  /** The company's, IANA. */
  readonly zone: string;
  /** Epoch ms at which HR status is judged; `now` unless told. */
  readonly asOf?: number;
  /** What the configuration reads. */
  readonly plan: readonly PlannedSource[];
  readonly collectors: ReadonlyMap<string, AnyCollector>;
  readonly actor: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a run came to; fingerprints. */
export interface RunReport {
  readonly run: string;
  /** ISO. */
  readonly at: string;
  /** ISO instant at which HR status was judged, where it was not the run's own. */
  readonly asOf: string | null;
  readonly opened: readonly string[];
  readonly reopened: readonly string[];
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  readonly noLongerApplies: readonly string[];
  /** Standing, and this run would not have seen them gone. */
  readonly unchecked: readonly string[];
  /** Exceptions that this run ended, and why. */
  readonly endedExceptions: readonly EndedException[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly sources: readonly SourceStatus[];
}

/** How often a run looks again when something was decided while it was thinking. */
const TRIES = 5;

/**
 * Runs the rules, decides what becomes of every finding, and records it all as one event. The graph is not changed.
 * What is decided meanwhile (an exception, an ingest) makes it decide again, so that the event fits the state that
 * it changes.
 */
export async function reconcile(options: ReconcileOptions): Promise<RunReport> {
  await options.journal.check();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const head = await options.journal.head();
    const decided = await decide(options, head.hash);
    const event = await options.journal.append(options.actor, async (tx) => {
      const [row] = await tx.run("MATCH (j:Journal {name: 'journal'}) RETURN j.seq AS seq");
      return row?.seq === head.seq || (row === undefined && head.seq === 0)
        ? { type: "run.reconciled", payload: { ...decided.payload } }
        : undefined;
    });
    if (event !== undefined) {
      await options.store.checkpoint();
      return reportOf(decided.payload);
    }
    options.log.debug("something was decided while the rules ran; deciding again");
  }
  throw new OperationError({
    what: `The graph and its decisions did not stand still for ${TRIES} runs of the rules.`,
    means: "No finding was changed.",
    fix: "Run it again when no other command is at work.",
  });
}

/** The payload of `run.reconciled`. */
export interface RunPayload extends Lifecycle {
  readonly run: string;
  /** Epoch ms. */
  readonly at: number;
  readonly asOf: number | null;
  readonly rules: readonly {
    readonly id: string;
    readonly revision: number;
    readonly population: number;
    readonly excluded: number;
    readonly params: Readonly<Record<string, string | number | boolean>>;
  }[];
  readonly notEvaluated: readonly NotEvaluated[];
  readonly sources: readonly SourceStatus[];
}

async function decide(o: ReconcileOptions, head: string): Promise<{ readonly payload: RunPayload }> {
  const at = o.now;
  const now = o.asOf ?? o.now;
  const run = runId(at, head);
  const reach = once(() => loadReachGraph(o.store, { signal: o.signal }));
  const before = await readMarkers(o.store);
  const answers = await answerAll(o, now, reach);
  const after = await readMarkers(o.store);
  const plan = [...o.plan, DERIVED_PLAN];
  const states = partitionStates(plan, before, after);
  const evaluations = answers.map((given) => judge(given, plan, states));
  const byRule = new Map(evaluations.map((evaluation) => [evaluation.rule.id, evaluation]));

  const exceptions = await exceptionsNotEnded(o.store, o.signal);
  const stored = {
    standing: await standingFindings(o.store, o.signal),
    dormant: await dormantFindings(o, exceptions),
  };
  const { standing, dormant, formerly } = await carry(o.store, stored, byRule, o.signal);
  const vanished = [...standing, ...dormant].filter(
    (finding) => byRule.get(finding.rule)?.findings.has(finding.fingerprint) !== true,
  );
  const previous = await lastRun(o.store);
  const facts = await factsOf(vanished, {
    store: o.store,
    now,
    evaluations: byRule,
    previousParams: new Map((previous?.rules ?? []).map(({ id, params }) => [id, params])),
    reach,
    signal: o.signal,
  });
  const closed = new Map([
    ...(await closedFindings(o.store, fingerprintsOf(evaluations, standing), o.signal)),
    ...dormant.map((finding) => [finding.fingerprint, finding] as const),
  ]);
  const renamed = new Map([...formerly].map(([to, from]) => [from, to]));
  const waiting = exceptions.map((one) => ({
    ...one,
    fingerprint: renamed.get(one.fingerprint) ?? one.fingerprint,
  }));
  const life = lifecycle({
    at,
    run,
    evaluations,
    standing,
    dormant,
    formerly,
    closed,
    facts,
    exceptions: waiting.filter(({ status }) => status === "approved"),
    requested: waiting.filter(({ status }) => status === "requested"),
  });
  return {
    payload: {
      run,
      at,
      asOf: o.asOf ?? null,
      rules: evaluations.map(({ rule, population, excluded, params }) => ({
        id: rule.id,
        revision: rule.revision,
        population,
        excluded,
        params,
      })),
      notEvaluated: evaluations.flatMap(({ notEvaluated }) => notEvaluated),
      sources: [...sourceStatuses(states), ...unconfiguredStatuses(plan, after)],
      ...life,
    },
  };
}

async function answerAll(
  o: ReconcileOptions,
  now: number,
  reach: () => Promise<ReachGraph>,
): Promise<readonly RuleAnswer[]> {
  const answers: RuleAnswer[] = [];
  const remedies = new Remedies(o.plan, o.collectors);
  for (const rule of o.rules) {
    o.signal.throwIfAborted();
    answers.push(
      await answer(rule, {
        store: o.store,
        clock: { now, today: dateIn(o.zone, now) },
        params: o.params[rule.id],
        reach,
        remedies,
        signal: o.signal,
      }),
    );
    o.log.progress("reconcile", answers.length, "rules", o.rules.length);
  }
  return answers;
}

/** Closed findings for which somebody asked, or has, an exception. */
async function dormantFindings(
  o: ReconcileOptions,
  exceptions: readonly ExceptionRecord[],
): Promise<readonly Finding[]> {
  const wanted = exceptions.filter(({ findingStatus }) => findingStatus === "closed");
  const keys = [...new Set(wanted.map(({ fingerprint }) => fingerprint))];
  return [...(await closedFindings(o.store, keys, o.signal)).values()];
}

function fingerprintsOf(
  evaluations: readonly RuleEvaluation[],
  standing: readonly Finding[],
): readonly string[] {
  const known = new Set(standing.map(({ fingerprint }) => fingerprint));
  return evaluations.flatMap(({ findings }) => [...findings.keys()].filter((key) => !known.has(key)));
}

/** Sources that the graph still holds and the configuration no longer names: nothing of theirs is checked. */
export function unconfiguredStatuses(
  plan: readonly PlannedSource[],
  markers: readonly ReadMarker[],
): readonly SourceStatus[] {
  const planned = new Set(plan.map(({ source }) => source));
  const seen = new Map<string, SourceStatus>();
  for (const marker of markers) {
    if (planned.has(marker.source) || marker.source === DERIVED_SOURCE) continue;
    seen.set(`${marker.source}|${marker.partition}`, {
      name: marker.source,
      partition: marker.partition,
      verdict: marker.verdict,
      state: "outOfScope",
      readAt: isoOf(marker.readAt),
      reason: "the configuration no longer names this source; `exitgraph source retire` closes it",
    });
  }
  return [...seen.values()];
}

export function reportOf(payload: RunPayload): RunReport {
  const fingerprints = (findings: readonly Finding[]) => findings.map(({ fingerprint }) => fingerprint);
  return {
    run: payload.run,
    at: isoOf(payload.at),
    asOf: payload.asOf === null ? null : isoOf(payload.asOf),
    opened: fingerprints(payload.opened),
    reopened: fingerprints(payload.reopened),
    updated: fingerprints(payload.updated),
    removed: fingerprints(payload.closed.filter(({ closedAs }) => closedAs === "removed")),
    noLongerApplies: fingerprints(payload.closed.filter(({ closedAs }) => closedAs === "noLongerApplies")),
    unchecked: uncheckedOf(payload),
    endedExceptions: payload.endedExceptions,
    notEvaluated: payload.notEvaluated,
    sources: payload.sources,
  };
}

/** What stood before and still does, while this run could not have seen it go. */
function uncheckedOf({ still, updated, rekeyed, closed, unchecked }: RunPayload): readonly string[] {
  const gone = new Set(closed.map(({ fingerprint }) => fingerprint));
  const stand = [...updated, ...rekeyed.map(({ finding }) => finding)];
  return [
    ...new Set([
      ...unchecked,
      ...still.flatMap(({ checked, fingerprints }) => (checked ? [] : fingerprints)),
      ...stand
        .filter(
          ({ checked, status, fingerprint }) => !checked && status !== "closed" && !gone.has(fingerprint),
        )
        .map(({ fingerprint }) => fingerprint),
    ]),
  ].sort();
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
