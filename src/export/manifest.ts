import type { GraphStore } from "../graph/index.js";
import { readMarkers } from "../ingest/index.js";
import { provesAbsence, type ReadState, type Verdict } from "../model/index.js";

/** How whole one stream's newest read of one partition was. */
export interface Completeness {
  readonly source: string;
  readonly partition: string;
  readonly stream: string;
  readonly verdict: Verdict;
  readonly state: ReadState;
  /** The read, and the instant its data speaks of (ISO). */
  readonly read: string | null;
  readonly readAt: string | null;
  /** The newest read that was complete and applied. */
  readonly completeAt: string | null;
  readonly reason: string | null;
}

/** What stands beside an exported file, so that it can be checked and trusted. */
export interface ExportManifest {
  readonly schemaVersion: 1;
  readonly kind: "access" | "findings";
  readonly format: "csv" | "json";
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Rows without the header. */
  readonly rows: number;
  readonly company: string | null;
  readonly generatedAt: string;
  readonly generatedBy: string;
  /** The instant at which HR status was judged. */
  readonly asOf: string;
  readonly filters: Readonly<Record<string, unknown>>;
  /** Denominators: what the rows were drawn from. */
  readonly population: Readonly<Record<string, number>>;
  /** True only where every configured source was read whole and applied. */
  readonly complete: boolean;
  readonly completeness: readonly Completeness[];
  /** What was not judged; findings only. */
  readonly notEvaluated?: readonly unknown[];
}

/** How whole each source's newest reads were; a configured source that was never read counts as failed. */
export async function completenessOf(
  store: GraphStore,
  configured: readonly string[],
): Promise<readonly Completeness[]> {
  const markers = await readMarkers(store);
  const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString());
  const known = markers.map((marker): Completeness => {
    const whole = provesAbsence(marker.verdict, marker.state, marker.intent !== null);
    return {
      source: marker.source,
      partition: marker.partition,
      stream: marker.stream,
      // A read whose apply is under way is in the graph in part only.
      verdict: !whole && marker.verdict === "complete" && marker.intent !== null ? "partial" : marker.verdict,
      state: marker.state,
      read: marker.read,
      readAt: iso(marker.readAt),
      completeAt: iso(marker.completeAt),
      reason: marker.intent === null ? marker.reason : "its apply is not finished",
    };
  });
  const never = configured
    .filter((source) => !markers.some((marker) => marker.source === source))
    .map(
      (source): Completeness => ({
        source,
        partition: "",
        stream: "",
        verdict: "failed",
        state: "applied",
        read: null,
        readAt: null,
        completeAt: null,
        reason: "it was never read",
      }),
    );
  return [...known, ...never];
}

export function isComplete(completeness: readonly Completeness[]): boolean {
  return completeness.every(
    ({ verdict, state }) => state === "outOfScope" || (verdict === "complete" && state === "applied"),
  );
}
