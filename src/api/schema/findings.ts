import { SEVERITIES } from "../../model/index.js";
import type { Finding } from "../../reconcile/index.js";
import type { Builder } from "../builder.js";
import { keyedConnection, pageCost } from "../connection.js";
import { findingPage } from "../findings.js";
import { CLOSED_AS, FINDING_STATUSES } from "../vocabulary.js";
import type { PathRefs } from "./paths.js";

type FindingRef = ReturnType<typeof findingRef>;

function findingRef(builder: Builder) {
  return builder.objectRef<Finding>("Finding");
}

/** Findings, with the field names of `findings --json`. */
export function findingTypes(builder: Builder, paths: PathRefs): void {
  const finding = findingRef(builder);
  const status = builder.enumType("FindingStatus", { values: FINDING_STATUSES });
  const severity = builder.enumType("Severity", {
    description: "From the least to the most.",
    values: SEVERITIES,
  });
  const closedAs = builder.enumType("ClosedAs", {
    description:
      "removed: a later complete read no longer saw it, which is proved. noLongerApplies: no proof.",
    values: CLOSED_AS,
  });
  finding.implement({
    description: "Access that outlived what it was given for, and what became of it. Instants are ISO 8601.",
    fields: (t) => ({
      fingerprint: t.exposeID("fingerprint", { description: "The same finding tomorrow has the same one." }),
      rule: t.exposeString("rule"),
      revision: t.exposeInt("revision"),
      status: t.expose("status", { type: status }),
      closedAs: t.expose("closedAs", { type: closedAs, nullable: true }),
      closedReason: t.exposeString("closedReason", { nullable: true }),
      closedAt: t.exposeString("closedAt", { nullable: true }),
      checked: t.exposeBoolean("checked", { description: "Whether the last run would have seen it gone." }),
      severity: t.expose("severity", { type: severity }),
      subject: t.field({ type: paths.node, resolve: (f) => f.subject }),
      reason: t.exposeString("reason"),
      path: t.field({
        type: [paths.edge],
        description: "From the person to the resource, in walking order.",
        resolve: (f) => [...f.path],
      }),
      otherPaths: t.exposeInt("otherPaths"),
      cuts: t.field({
        type: [paths.edge],
        description: "The edges that together end it, as they are stored.",
        resolve: (f) => [...f.cuts],
      }),
      controls: t.field({
        type: "JSON",
        description: "Control ids by framework.",
        resolve: (f) => f.controls,
      }),
      population: t.exposeInt("population", { description: "What the rule looked at in that run." }),
      firstSeen: t.exposeString("firstSeen"),
      lastSeen: t.exposeString("lastSeen"),
      run: t.exposeString("run"),
      reopened: t.exposeInt("reopened"),
      columns: t.field({
        type: "JSON",
        description: "All columns of the rule's row.",
        resolve: (f) => f.columns,
      }),
    }),
  });
  findingParts(builder, finding);
  builder.queryField("findings", (t) =>
    t.connection({
      type: finding,
      description: "By fingerprint. Open and excepted ones, unless `all` or a status is asked for.",
      args: {
        rule: t.arg.string(),
        status: t.arg({ type: status }),
        severity: t.arg({ type: severity, description: "This or above." }),
        person: t.arg.string({ description: "The person's key." }),
        source: t.arg.string({ description: "The subject's source." }),
        all: t.arg.boolean({ description: "Closed ones as well." }),
      },
      complexity: pageCost(1),
      resolve: (_root, args, context) =>
        keyedConnection(
          args,
          context,
          (row: Finding) => row.fingerprint,
          (page) => findingPage(context.store, page, args, context.signal),
        ),
    }),
  );
}

/** The parts of a finding that are objects of their own. */
function findingParts(builder: Builder, finding: FindingRef): void {
  const person = builder.objectRef<NonNullable<Finding["person"]>>("FindingPerson").implement({
    fields: (t) => ({
      key: t.exposeID("key"),
      workerIds: t.stringList({ complexity: 1, resolve: (value) => [...value.workerIds] }),
      name: t.exposeString("name"),
    }),
  });
  const remediation = builder.objectRef<Finding["remediation"][number]>("Remediation").implement({
    description: "A command that ends it. Exitgraph never runs it.",
    fields: (t) => ({
      command: t.exposeString("command"),
      reversible: t.exposeBoolean("reversible"),
      affects: t.exposeString("affects"),
    }),
  });
  const proof = builder.objectRef<NonNullable<Finding["proof"]>>("Proof").implement({
    description: "The complete read that no longer saw it.",
    fields: (t) => ({
      read: t.exposeString("read"),
      source: t.exposeString("source"),
      stream: t.exposeString("stream"),
      partition: t.exposeString("partition"),
      at: t.exposeString("at"),
      record: t.exposeString("record"),
      change: t.exposeString("change"),
      lastSeenAt: t.exposeString("lastSeenAt", {
        nullable: true,
        description: "The last read that still saw it: removal lies between the two.",
      }),
    }),
  });
  const evidence = builder.objectRef<Finding["evidence"][number]>("Evidence").implement({
    description: "A record that the finding rests on.",
    fields: (t) => ({
      record: t.exposeString("record"),
      role: t.exposeString("role"),
      requires: t.field({ type: "JSON", nullable: true, resolve: (one) => one.requires ?? null }),
      heldBy: t.stringList({ complexity: 1, resolve: (one) => [...(one.heldBy ?? [])] }),
    }),
  });
  const exception = builder.objectRef<NonNullable<Finding["exception"]>>("FindingException").implement({
    fields: (t) => ({ id: t.exposeID("id"), until: t.exposeString("until") }),
  });
  builder.objectFields(finding, (t) => ({
    person: t.field({ type: person, nullable: true, resolve: (f) => f.person }),
    remediation: t.field({ type: [remediation], resolve: (f) => [...f.remediation] }),
    proof: t.field({ type: proof, nullable: true, resolve: (f) => f.proof }),
    evidence: t.field({ type: [evidence], resolve: (f) => [...f.evidence] }),
    exception: t.field({ type: exception, nullable: true, resolve: (f) => f.exception }),
  }));
}
