import { DateTime } from "luxon";
import { z } from "zod";
import type { GraphStore, Row, WriteTransaction } from "../graph/index.js";
import type { EventType, Journal, JournalEvent, Projectors } from "../journal/index.js";
import { digest, InputError } from "../model/index.js";
import type { Finding, FindingStatus } from "./finding.js";
import { findingProps } from "./finding-node.js";
import { FINDINGS_QUERIES, findingOf } from "./read.js";
import { isoOf } from "./when.js";

export type ExceptionStatus = "requested" | "approved" | "ended";

/** A finding that may stand for a time: who asked, who approved, why, until when. Instants are ISO. */
export interface ExceptionRecord {
  readonly id: string;
  readonly fingerprint: string;
  readonly rule: string;
  readonly status: ExceptionStatus;
  /** How its finding stands: an approved exception outlasts a finding that is closed for now. Null where it is gone. */
  readonly findingStatus: FindingStatus | null;
  readonly reason: string;
  /** Exclusive. */
  readonly until: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly approvedBy: string | null;
  readonly approvedAt: string | null;
  /** Approved by the one who asked, which the configuration allowed. */
  readonly selfApproved: boolean;
  readonly endedBy: string | null;
  readonly endedAt: string | null;
  readonly endedReason: string | null;
}

export interface ExceptionDeps {
  readonly store: GraphStore;
  readonly journal: Journal;
  readonly rules: { readonly selfApproval: boolean; readonly maxDays: number };
  /** The company's, IANA: an exception ends with its last day there. */
  readonly zone: string;
  /** Epoch ms. */
  readonly now: number;
  readonly actor: string;
}

const DAY_MS = 24 * 3_600_000;
const RETURN = `x.id AS id, x.fingerprint AS fingerprint, x.rule AS rule, x.status AS status, x.reason AS reason,
  x.until AS until, x.requestedBy AS requestedBy, x.requestedAt AS requestedAt, x.approvedBy AS approvedBy,
  x.approvedAt AS approvedAt, x.selfApproved AS selfApproved, x.endedBy AS endedBy, x.endedAt AS endedAt,
  x.endedReason AS endedReason, f.status AS findingStatus`;
const FINDING = "OPTIONAL MATCH (f:Finding {fingerprint: x.fingerprint})";

export const EXCEPTION_QUERIES = {
  one: `MATCH (x:ExceptionRecord {id: $id}) ${FINDING} RETURN ${RETURN}`,
  ofFinding: `MATCH (x:ExceptionRecord) WHERE x.fingerprint = $fingerprint AND x.status <> 'ended' ${FINDING} RETURN ${RETURN}`,
  notEnded: `MATCH (x:ExceptionRecord) WHERE x.status <> 'ended' ${FINDING} RETURN ${RETURN}`,
  all: `MATCH (x:ExceptionRecord) ${FINDING} RETURN ${RETURN} ORDER BY x.requestedAt DESC, x.id`,
} as const;

/** Newest first. */
export async function listExceptions(store: GraphStore): Promise<readonly ExceptionRecord[]> {
  return (await store.rows(EXCEPTION_QUERIES.all)).map(recordOf);
}

/** Requested and approved ones that nothing has ended yet, also of findings that are closed for now. */
export async function exceptionsNotEnded(
  store: GraphStore,
  signal?: AbortSignal,
): Promise<readonly ExceptionRecord[]> {
  return (await store.rows(EXCEPTION_QUERIES.notEnded, {}, signal)).map(recordOf);
}

/** Asks that an open finding may stand until the end of a day. InputError where it may not. */
export async function requestException(
  o: ExceptionDeps & {
    readonly fingerprint: string;
    /** ISO date, the last day. */
    readonly until: string;
    readonly reason: string;
  },
): Promise<ExceptionRecord> {
  const until = DateTime.fromISO(o.until, { zone: o.zone }).plus({ days: 1 }).startOf("day").toMillis();
  if (o.reason.trim() === "") throw new InputError({ what: "An exception needs a reason." });
  if (until <= o.now) {
    throw new InputError({ what: `${o.until} is over.`, fix: "Give a last day that is still to come." });
  }
  if (until - o.now > (o.rules.maxDays + 1) * DAY_MS) {
    throw new InputError({
      what: `An exception may last ${o.rules.maxDays} days at most; ${o.until} is further away.`,
      fix: "Ask for a nearer day, and again when it comes; or raise exceptions.maxDays in the configuration.",
    });
  }
  const id = digest("exception", o.fingerprint, String(o.now), o.actor).slice(0, 12);
  return decide(o, id, async (tx) => {
    const finding = await findingIn(tx, o.fingerprint);
    if (finding === undefined || finding.status !== "open") {
      throw new InputError({
        what:
          finding === undefined ? "There is no such finding." : `The finding is ${finding.status}, not open.`,
        fix: "`exitgraph findings` lists the open ones.",
      });
    }
    const [other] = await tx.run(EXCEPTION_QUERIES.ofFinding, { fingerprint: o.fingerprint });
    if (other !== undefined) {
      throw new InputError({
        what: `The exception ${String(other.id)} for this finding is ${String(other.status)} already.`,
        fix: "Approve it, or end it first.",
      });
    }
    return {
      type: "exception.requested",
      payload: {
        id,
        fingerprint: o.fingerprint,
        rule: finding.rule,
        reason: o.reason.trim(),
        until,
        requestedBy: o.actor,
      },
    };
  });
}

/** Approves a request: the finding is excepted. One's own only where the configuration allows it, and then marked. */
export async function approveException(o: ExceptionDeps & { readonly id: string }): Promise<ExceptionRecord> {
  return decide(o, o.id, async (tx) => {
    const record = await recordIn(tx, o.id);
    if (record.status !== "requested") throw notNow(record, "requested");
    const own = sameName(record.requestedBy, o.actor);
    if (own && !o.rules.selfApproval) {
      throw new InputError({
        what: `${o.actor} asked for this exception, and may not approve it.`,
        fix: "Somebody else approves it; or the configuration allows it with exceptions.selfApproval, and then it is marked.",
      });
    }
    if (Date.parse(record.until) <= o.now) {
      throw new InputError({ what: "The day it was asked for is over.", fix: "End it, and ask anew." });
    }
    const finding = await findingIn(tx, record.fingerprint);
    if (finding?.status !== "open") {
      throw new InputError({
        what: `Its finding is ${finding?.status ?? "gone"}, not open.`,
        fix: `End it: \`exitgraph exception end ${record.id}\`.`,
      });
    }
    return {
      type: "exception.approved",
      payload: {
        id: record.id,
        fingerprint: record.fingerprint,
        until: Date.parse(record.until),
        approvedBy: o.actor,
        selfApproved: own,
      },
    };
  });
}

/** A name written another way is the same person: `Ada` does not approve what `ada` asked for. */
function sameName(a: string, b: string): boolean {
  const plain = (name: string) => name.normalize("NFKC").trim().replace(/\s+/gu, " ").toLowerCase();
  return plain(a) === plain(b);
}

/**
 * Ends an exception before its time, or refuses a request: the finding is open again. One that is closed for now stays
 * closed, and comes back as open.
 */
export async function endException(
  o: ExceptionDeps & { readonly id: string; readonly reason: string },
): Promise<ExceptionRecord> {
  return decide(o, o.id, async (tx) => {
    const record = await recordIn(tx, o.id);
    if (record.status === "ended") throw notNow(record, "requested or approved");
    return {
      type: "exception.ended",
      payload: { id: record.id, fingerprint: record.fingerprint, reason: o.reason.trim(), endedBy: o.actor },
    };
  });
}

async function decide(
  o: ExceptionDeps,
  id: string,
  draft: (tx: WriteTransaction) => Promise<{ type: EventType; payload: Record<string, unknown> }>,
): Promise<ExceptionRecord> {
  await o.journal.append(o.actor, draft);
  await o.store.checkpoint();
  const [row] = await o.store.rows(EXCEPTION_QUERIES.one, { id });
  if (row === undefined) throw new Error(`the exception ${id} was decided and not projected`);
  return recordOf(row);
}

function notNow(record: ExceptionRecord, wanted: string): InputError {
  return new InputError({
    what: `The exception ${record.id} is ${record.status}, not ${wanted}.`,
    fix: "`exitgraph exception list` shows how they stand.",
  });
}

async function recordIn(tx: WriteTransaction, id: string): Promise<ExceptionRecord> {
  const [row] = await tx.run(EXCEPTION_QUERIES.one, { id });
  if (row === undefined) {
    throw new InputError({
      what: `There is no exception ${id}.`,
      fix: "`exitgraph exception list` shows them.",
    });
  }
  return recordOf(row);
}

async function findingIn(tx: WriteTransaction, fingerprint: string): Promise<Finding | undefined> {
  const [row] = await tx.run(FINDINGS_QUERIES.byFingerprint, { keys: [fingerprint] });
  return row === undefined ? undefined : findingOf(row);
}

async function setFinding(
  tx: WriteTransaction,
  fingerprint: string,
  change: Pick<Finding, "status" | "exception">,
): Promise<void> {
  const finding = await findingIn(tx, fingerprint);
  if (finding === undefined || finding.status === "closed") return;
  await tx.run("UNWIND $rows AS row MATCH (f:Finding {fingerprint: row.fingerprint}) SET f = row.props", {
    rows: [{ fingerprint, props: findingProps({ ...finding, ...change }) }],
  });
}

const requested = z.object({
  id: z.string(),
  fingerprint: z.string(),
  rule: z.string(),
  reason: z.string(),
  until: z.number(),
  requestedBy: z.string(),
});
const approved = z.object({
  id: z.string(),
  fingerprint: z.string(),
  until: z.number(),
  approvedBy: z.string(),
  selfApproved: z.boolean(),
});
const ended = z.object({
  id: z.string(),
  fingerprint: z.string(),
  reason: z.string(),
  endedBy: z.string(),
});

/** What the decisions about exceptions mean for the store. */
export const exceptionProjectors: Projectors = {
  "exception.requested": async (tx: WriteTransaction, event: JournalEvent) => {
    const payload = requested.parse(event.payload);
    await tx.run("UNWIND $rows AS row MERGE (x:ExceptionRecord {id: row.props.id}) SET x = row.props", {
      rows: [{ props: { ...payload, status: "requested", requestedAt: event.at, selfApproved: false } }],
    });
  },
  "exception.approved": async (tx: WriteTransaction, event: JournalEvent) => {
    const { id, fingerprint, until, approvedBy, selfApproved } = approved.parse(event.payload);
    await tx.run(
      "MATCH (x:ExceptionRecord {id: $id}) SET x.status = 'approved', x.approvedBy = $approvedBy, x.approvedAt = $at, x.selfApproved = $selfApproved",
      { id, approvedBy, at: event.at, selfApproved },
    );
    await setFinding(tx, fingerprint, { status: "excepted", exception: { id, until: isoOf(until) } });
  },
  "exception.ended": async (tx: WriteTransaction, event: JournalEvent) => {
    const { id, fingerprint, reason, endedBy } = ended.parse(event.payload);
    await tx.run(
      "MATCH (x:ExceptionRecord {id: $id}) SET x.status = 'ended', x.endedBy = $endedBy, x.endedAt = $at, x.endedReason = $reason",
      { id, endedBy, at: event.at, reason },
    );
    const finding = await findingIn(tx, fingerprint);
    if (finding?.exception?.id === id) await setFinding(tx, fingerprint, { status: "open", exception: null });
  },
};

function recordOf(row: Row): ExceptionRecord {
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : "");
  const textOrNull = (name: string) => (typeof row[name] === "string" ? row[name] : null);
  const instant = (name: string) => (typeof row[name] === "number" ? isoOf(row[name]) : null);
  const status = z.enum(["requested", "approved", "ended"]).parse(row.status);
  return {
    id: text("id"),
    fingerprint: text("fingerprint"),
    rule: text("rule"),
    status,
    findingStatus: z
      .enum(["open", "closed", "excepted"])
      .nullable()
      .parse(row.findingStatus ?? null),
    reason: text("reason"),
    until: instant("until") ?? "",
    requestedBy: text("requestedBy"),
    requestedAt: instant("requestedAt") ?? "",
    approvedBy: textOrNull("approvedBy"),
    approvedAt: instant("approvedAt"),
    selfApproved: row.selfApproved === true,
    endedBy: textOrNull("endedBy"),
    endedAt: instant("endedAt"),
    endedReason: textOrNull("endedReason"),
  };
}
