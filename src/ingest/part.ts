import { join } from "node:path";
import type { ReadState } from "../model/index.js";
import { digest } from "../model/index.js";
import type { Manifest, PartitionRead } from "../snapshot/index.js";
import { assertionId } from "./assertion.js";
import type { BaselineWriter } from "./baseline-file.js";
import type { ReadAt } from "./change.js";
import type { KeyTable } from "./key-table.js";
import type { ReadMarker } from "./marker.js";

/**
 * What a read may do to what is known of its partition. `replace`: what it did not see goes. `overlay`: it only
 * adds and changes. `nothing`: it is not applied.
 */
export type Mode = "replace" | "overlay" | "nothing";

/** One (source, stream, partition) of a snapshot on its way into the graph. */
export interface Part {
  readonly id: string;
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly rank: number;
  readonly read: PartitionRead;
  readonly current: ReadAt;
  readonly marker: ReadMarker | undefined;
  /** Where its baseline file belongs. */
  readonly baselinePath: string;
  mode: Mode;
  state: ReadState;
  reason: string | null;
  /** The guard would have stopped it, and a person let it pass. */
  accepted: boolean;
  table: KeyTable;
  /** The graph holds it under another rank, at least in part. */
  reranks: boolean;
  /** The entries of `table` as a file; undefined where there are none. */
  known: string | undefined;
  /** The next baseline, while it is being written. */
  next: BaselineWriter | undefined;
  added: number;
  changed: number;
  unchanged: number;
  removed: number;
  missing: number;
  rekeyed: number;
}

export function partOf(
  manifest: Manifest,
  read: PartitionRead,
  about: {
    readonly marker: ReadMarker | undefined;
    readonly rank: number;
    readonly dataDir: string;
    readonly table: KeyTable;
  },
): Part {
  const { source } = manifest;
  const { stream, partition } = read;
  const id = assertionId({ source, stream, partition });
  return {
    id,
    source,
    stream,
    partition,
    rank: about.rank,
    read,
    current: { read: manifest.id, at: read.dataTime },
    marker: about.marker,
    baselinePath: baselinePath(about.dataDir, id),
    ...standing(read, about.marker),
    accepted: false,
    table: about.table,
    reranks: false,
    known: undefined,
    next: undefined,
    added: 0,
    changed: 0,
    unchanged: 0,
    removed: 0,
    missing: 0,
    rekeyed: 0,
  };
}

/** The file of a baseline. Partitions may hold any character, so the name is a digest. */
export function baselinePath(dataDir: string, id: string): string {
  const [source = "", stream = ""] = id.split("|");
  return join(dataDir, "baseline", source, `${stream}.${digest(id).slice(0, 24)}`);
}

interface Standing {
  readonly mode: Mode;
  readonly state: ReadState;
  readonly reason: string | null;
}

/** What the verdict and the scope of a read allow, before anything is compared. */
function standing(read: PartitionRead, marker: ReadMarker | undefined): Standing {
  const reason = read.reason ?? null;
  if (read.verdict === "failed") return { mode: "nothing", state: "applied", reason };
  const completeAt = marker?.completeAt ?? null;
  if (completeAt !== null && read.dataTime < completeAt) {
    const [older, newer] = [read.dataTime, completeAt].map((at) => new Date(at).toISOString());
    return {
      mode: "nothing",
      state: "stopped",
      reason: `Its data is of ${older}, older than what the graph holds of ${newer}.`,
    };
  }
  return standingOfAnyAge(read, marker);
}

/** The same where a person lets data pass that is older than what the graph holds: everything else holds as ever. */
export function standingOfAnyAge(read: PartitionRead, marker: ReadMarker | undefined): Standing {
  const reason = read.reason ?? null;
  if (read.verdict === "failed") return { mode: "nothing", state: "applied", reason };
  if (read.verdict === "partial") return { mode: "overlay", state: "applied", reason };
  const lacks = (marker?.scope ?? []).filter((token) => !read.scope.includes(token));
  if (lacks.length > 0) {
    const named = lacks.slice(0, 5).join(", ");
    return {
      mode: "overlay",
      state: "narrowed",
      reason: `It no longer asks for ${named}${lacks.length > 5 ? " and more" : ""}, so what it did not see proves nothing.`,
    };
  }
  return { mode: "replace", state: "applied", reason };
}

export function isFirstRead(part: Pick<Part, "marker">): boolean {
  return (part.marker?.firstRead ?? null) === null;
}

/** The read that is known to have seen everything the baseline holds, but for what changed after it. */
export function seenBase(part: Pick<Part, "marker">): ReadAt | undefined {
  const { marker } = part;
  if (marker === undefined) return undefined;
  if (marker.completeRead !== null && marker.completeAt !== null) {
    return { read: marker.completeRead, at: marker.completeAt };
  }
  if (marker.firstRead !== null && marker.firstReadAt !== null) {
    return { read: marker.firstRead, at: marker.firstReadAt };
  }
  return undefined;
}

/** The newest read that proved the absence of what it did not see. */
export function absenceBase(part: Pick<Part, "marker">): ReadAt | undefined {
  const { marker } = part;
  if (marker?.completeRead == null || marker.completeAt === null) return undefined;
  return { read: marker.completeRead, at: marker.completeAt };
}
