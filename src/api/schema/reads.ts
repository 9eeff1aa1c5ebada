import type { Completeness } from "../../export/index.js";
import type { NotEvaluated } from "../../reconcile/index.js";
import type { Builder } from "../builder.js";
import { keyedConnection, listConnection, pageCost } from "../connection.js";
import { runKey, runPage, type SequencedRun } from "../runs.js";
import { type SourceView, sourceViews } from "../sources.js";
import { READ_STATES, VERDICTS } from "../vocabulary.js";

/** How whole the reads are that everything else rests on, and the runs that judged them. */
export function readTypes(builder: Builder): void {
  sourceTypes(builder);
  runTypes(builder);
}

function sourceTypes(builder: Builder): void {
  const verdict = builder.enumType("Verdict", {
    description: "What a read amounts to. Only a complete one is evidence of absence.",
    values: VERDICTS,
  });
  const state = builder.enumType("ReadState", {
    description: "How the newest read stands in the graph; docs/graph.md says what each means.",
    values: READ_STATES,
  });
  const stream = builder.objectRef<Completeness>("SourceStream").implement({
    description: "The newest read of one stream of a source's partition.",
    fields: (t) => ({
      stream: t.exposeString("stream"),
      verdict: t.expose("verdict", { type: verdict }),
      state: t.expose("state", { type: state }),
      read: t.exposeString("read", { nullable: true }),
      readAt: t.exposeString("readAt", { nullable: true }),
      completeAt: t.exposeString("completeAt", { nullable: true, description: "The newest complete read." }),
      reason: t.exposeString("reason", { nullable: true }),
    }),
  });
  const source = builder.objectRef<SourceView>("Source").implement({
    description: "How one partition of a source stands: as its worst stream.",
    fields: (t) => ({
      name: t.exposeString("name"),
      partition: t.exposeString("partition"),
      verdict: t.expose("verdict", { type: verdict }),
      state: t.expose("state", { type: state }),
      readAt: t.exposeString("readAt", { nullable: true }),
      reason: t.exposeString("reason", { nullable: true }),
      streams: t.field({ type: [stream], resolve: (one) => [...one.streams] }),
    }),
  });
  builder.queryField("sources", (t) =>
    t.connection({
      type: source,
      description: "By name and partition.",
      complexity: pageCost(1),
      resolve: async (_root, args, context) =>
        listConnection(args, context, await sourceViews(context.store, context.sources), async (page) => [
          ...page,
        ]),
    }),
  );
}

function runTypes(builder: Builder): void {
  const notEvaluated = builder.objectRef<NotEvaluated>("NotEvaluated").implement({
    description: "A rule that could not be judged somewhere, and why.",
    fields: (t) => ({
      rule: t.exposeString("rule"),
      source: t.exposeString("source"),
      partition: t.exposeString("partition"),
      reason: t.exposeString("reason"),
    }),
  });
  const run = builder.objectRef<SequencedRun>("Run").implement({
    description: "One reconciliation. Instants are ISO 8601.",
    fields: (t) => ({
      id: t.exposeID("id"),
      startedAt: t.exposeString("startedAt"),
      asOf: t.exposeString("asOf", {
        nullable: true,
        description: "The instant at which HR status was judged, where it was not the run's own.",
      }),
      actor: t.exposeString("actor"),
      opened: t.exposeInt("opened"),
      reopened: t.exposeInt("reopened"),
      removed: t.exposeInt("removed", { description: "Closed, and the removal is proved." }),
      noLongerApplies: t.exposeInt("noLongerApplies", { description: "Closed without a proof." }),
      notEvaluatedCount: t.int({ resolve: ({ notEvaluated: all }) => all.length }),
    }),
  });
  builder.objectField(run, "notEvaluated", (t) =>
    t.connection({
      type: notEvaluated,
      complexity: pageCost(1),
      resolve: (one, args, context) => {
        const width = String(one.notEvaluated.length).length;
        const rows = one.notEvaluated.map((row, i) => ({ ...row, key: String(i).padStart(width, "0") }));
        return listConnection(args, context, rows, async (page) => [...page]);
      },
    }),
  );
  builder.queryField("runs", (t) =>
    t.connection({
      type: run,
      description: "Newest first.",
      complexity: pageCost(1),
      resolve: (_root, args, context) =>
        keyedConnection(args, context, runKey, (page) => runPage(context.store, page, context.signal)),
    }),
  );
}
