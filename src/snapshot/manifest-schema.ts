import { z } from "zod";
import { SOURCE_NAME, STREAM_NAME } from "../model/index.js";
import type { Manifest } from "./manifest.js";

/** `<source>-<UTC instant as YYYYMMDDTHHMMSSmmmZ>-<6 hex>`: ids of one source sort by time. */
export const SNAPSHOT_ID = /^([a-z][a-z0-9-]{0,39})-(\d{8}T\d{9}Z)-[0-9a-f]{6}$/;

const instant = z.int().nonnegative();
const counts = z.record(z.string(), z.int().nonnegative());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const partitionRead = z.strictObject({
  stream: z.string().regex(STREAM_NAME),
  partition: z.string().min(1),
  verdict: z.enum(["complete", "partial", "failed"]),
  reason: z.string().exactOptional(),
  dataTime: instant,
  counts,
  totals: counts.exactOptional(),
  scope: z.array(z.string()),
  calls: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  rejected: z.array(z.strictObject({ where: z.string(), reason: z.string() })).exactOptional(),
  rejectedCount: z.int().nonnegative().exactOptional(),
  notes: z.array(z.string()).exactOptional(),
});

const schema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().regex(SNAPSHOT_ID),
  source: z.string().regex(SOURCE_NAME),
  system: z.string().min(1),
  collectorVersion: z.string().min(1),
  startedAt: instant,
  finishedAt: instant,
  partitions: z.array(partitionRead),
  notRead: z
    .array(z.strictObject({ stream: z.string(), partition: z.string(), reason: z.string() }))
    .exactOptional(),
  streams: z.record(
    z.string().regex(STREAM_NAME),
    z.strictObject({
      file: z.string().regex(/^[a-z][a-z0-9-]*\.ndjson\.gz$/),
      sha256,
      records: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
    }),
  ),
});

/** The manifest in `text`, or what is wrong with it, in words for people. */
export function parseManifest(
  text: string,
  id: string,
): { readonly manifest: Manifest } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return {
      problem: `is malformed at ${issue?.path.join(".") || "its root"}: ${issue?.message ?? "unknown"}`,
    };
  }
  const manifest: Manifest = parsed.data;
  if (manifest.id !== id) return { problem: `says it is ${manifest.id}` };
  return { manifest };
}
