import { randomBytes } from "node:crypto";
import { z } from "zod";
import { canonicalJson, digest } from "../model/index.js";
import { EVENT_TYPES, type EventType, type JournalEvent } from "./event.js";

/** Where a chain stands: the newest event, or seq 0 and the chain's id while it has none. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export interface EventDraft {
  readonly type: EventType;
  readonly payload: Record<string, unknown>;
}

export function newChainId(): string {
  return randomBytes(32).toString("hex");
}

export function payloadHashOf(event: Pick<JournalEvent, "salt" | "actor" | "payload">): string {
  return digest(event.salt, event.actor, canonicalJson(event.payload));
}

export function hashOf(
  event: Pick<JournalEvent, "previous" | "seq" | "type" | "at" | "payloadHash">,
): string {
  return digest(event.previous, String(event.seq), event.type, String(event.at), event.payloadHash);
}

/** Makes the next event of the chain. The payload is kept as JSON will give it back: without undefined. */
export function sealEvent(head: Head, draft: EventDraft, actor: string, at: number): JournalEvent {
  const payload = payloadSchema.parse(JSON.parse(canonicalJson(draft.payload)));
  const salt = randomBytes(16).toString("hex");
  const payloadHash = payloadHashOf({ salt, actor, payload });
  const body = {
    seq: head.seq + 1,
    type: draft.type,
    at,
    actor,
    salt,
    payload,
    payloadHash,
    previous: head.hash,
  };
  return { ...body, hash: hashOf(body) };
}

/** One line of the journal file, without newline. `seq` stands first, so that a reader can skip without parsing. */
export function eventLine(event: JournalEvent): string {
  const { seq, type, at, actor, salt, payload, payloadHash, previous, hash } = event;
  return JSON.stringify({ seq, type, at, actor, salt, payload, payloadHash, previous, hash });
}

const payloadSchema = z.record(z.string(), z.unknown());
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const eventSchema = z.strictObject({
  seq: z.int().min(1),
  type: z.enum(EVENT_TYPES),
  at: z.int(),
  actor: z.string(),
  salt: z.string(),
  payload: payloadSchema,
  payloadHash: hex,
  previous: hex,
  hash: hex,
});

/** The event of a line or of a stored map; `undefined` where it has not the form of one. */
export function parseEvent(value: unknown): JournalEvent | undefined {
  const parsed = eventSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export function parseEventLine(line: string): JournalEvent | undefined {
  try {
    return parseEvent(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** True where the event's own hashes fit what it says. */
export function isSound(event: JournalEvent): boolean {
  return payloadHashOf(event) === event.payloadHash && hashOf(event) === event.hash;
}
