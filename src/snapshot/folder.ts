import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { InputError, OperationError } from "../model/index.js";
import type { Manifest } from "./manifest.js";
import { parseManifest, SNAPSHOT_ID } from "./manifest-schema.js";
import type { SnapshotMeta, SnapshotStore, SnapshotWriter } from "./store.js";
import { readLines, syncPath } from "./stream-file.js";
import { diskError, FolderSnapshotWriter, writeDurably } from "./writer.js";

const MANIFEST = "manifest.json";
/** In the form of `sha256sum`, so that anyone can check a manifest without us. */
const CHECKSUM = "manifest.sha256";
const WORKING = ".writing-";
const ABANDONED_MS = 48 * 3_600_000;

/**
 * Snapshots as folders, one per read: a manifest, its checksum and a gzip file of canonical lines per stream.
 * A folder appears by one rename, so a snapshot that can be seen is whole.
 */
export class SnapshotFolder implements SnapshotStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  begin(meta: SnapshotMeta): SnapshotWriter {
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      this.#removeAbandoned();
      const id = this.#nextId(meta);
      const working = join(this.#dir, `${WORKING}${id}`);
      mkdirSync(working, { mode: 0o700 });
      return new FolderSnapshotWriter(id, meta, {
        working,
        publish: async (text) => {
          await writeDurably(join(working, MANIFEST), text);
          await writeDurably(join(working, CHECKSUM), `${sha256(text)}  ${MANIFEST}\n`);
          await syncPath(working);
          await rename(working, join(this.#dir, id));
          await syncPath(this.#dir);
        },
      });
    } catch (error) {
      throw diskError(meta.source, this.#dir, error);
    }
  }

  async list(source?: string): Promise<readonly Manifest[]> {
    const ids = (await this.#ids()).filter((id) => source === undefined || sourceOf(id) === source);
    const manifests: Manifest[] = [];
    for (const id of ids) manifests.push(await this.manifest(id));
    return manifests;
  }

  async manifest(id: string): Promise<Manifest> {
    const text = await this.#manifestText(id);
    const parsed = parseManifest(text, id);
    if ("problem" in parsed) throw damaged(id, `its manifest ${parsed.problem}`);
    return parsed.manifest;
  }

  async *lines(id: string, stream: string): AsyncGenerator<readonly string[], void, undefined> {
    const manifest = await this.manifest(id);
    const expected = manifest.streams[stream];
    if (expected === undefined) return;
    const accept = (read: { sha256: string; records: number }) => {
      if (read.sha256 !== expected.sha256) {
        throw damaged(id, `the lines of stream ${stream} do not have the SHA-256 of the manifest`, stream);
      }
    };
    try {
      yield* readLines(join(this.#dir, id, expected.file), accept);
    } catch (error) {
      throw readError(id, stream, error);
    }
  }

  async verify(id: string): Promise<Manifest> {
    const manifest = await this.manifest(id);
    for (const stream of Object.keys(manifest.streams)) {
      const declared = manifest.partitions
        .filter((read) => read.stream === stream)
        .flatMap((read) => Object.values(read.counts))
        .reduce((sum, count) => sum + count, 0);
      let records = 0;
      for await (const batch of this.lines(id, stream)) records += batch.length;
      if (records !== manifest.streams[stream]?.records || records !== declared) {
        throw damaged(id, `stream ${stream} has ${records} records, the manifest says ${declared}`, stream);
      }
    }
    return manifest;
  }

  async digestOf(id: string): Promise<string> {
    return sha256(await this.#manifestText(id));
  }

  async #manifestText(id: string): Promise<string> {
    if (!SNAPSHOT_ID.test(id)) throw missing(id, this.#dir);
    let text: string;
    let checksum: string;
    try {
      text = await readFile(join(this.#dir, id, MANIFEST), "utf8");
      checksum = await readFile(join(this.#dir, id, CHECKSUM), "utf8");
    } catch (error) {
      if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw readError(id, undefined, error);
      if (await exists(join(this.#dir, id))) throw damaged(id, `its ${MANIFEST} or ${CHECKSUM} is missing`);
      throw missing(id, this.#dir);
    }
    if (checksum.split(/\s/, 1)[0] !== sha256(text)) {
      throw damaged(id, `its manifest does not have the SHA-256 that ${CHECKSUM} names`);
    }
    return text;
  }

  async #ids(): Promise<readonly string[]> {
    let names: string[];
    try {
      names = await readdir(this.#dir);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    }
    return sorted(names);
  }

  /** An id after every id of the source, even where the clock was set back or stands still. */
  #nextId(meta: SnapshotMeta): string {
    const last = sorted(readdirSync(this.#dir))
      .filter((id) => sourceOf(id) === meta.source)
      .at(-1);
    const after = last === undefined ? 0 : epochOf(instantOf(last)) + 1;
    const instant = new Date(Math.max(meta.startedAt, after)).toISOString().replace(/[-:.]/g, "");
    return `${meta.source}-${instant}-${randomBytes(3).toString("hex")}`;
  }

  /** What a killed process left, once it is certain that nobody writes there any more. */
  #removeAbandoned(): void {
    for (const name of readdirSync(this.#dir)) {
      if (!name.startsWith(WORKING)) continue;
      const folder = join(this.#dir, name);
      const touched = newest(folder);
      if (touched !== undefined && Date.now() - touched > ABANDONED_MS) {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
}

/** Snapshot ids among names: by instant, then by id, so oldest first also across sources. */
function sorted(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => SNAPSHOT_ID.test(name))
    .sort((a, b) => compare(instantOf(a), instantOf(b)) || compare(a, b));
}

function sourceOf(id: string): string {
  return SNAPSHOT_ID.exec(id)?.[1] ?? "";
}

function instantOf(id: string): string {
  return SNAPSHOT_ID.exec(id)?.[2] ?? "";
}

function epochOf(compact: string): number {
  return Date.parse(
    compact.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z$/, "$1-$2-$3T$4:$5:$6.$7Z"),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The newest modification in a folder, epoch ms; undefined when it vanished meanwhile. */
function newest(folder: string): number | undefined {
  try {
    let latest = statSync(folder).mtimeMs;
    for (const name of readdirSync(folder)) {
      latest = Math.max(latest, statSync(join(folder, name)).mtimeMs);
    }
    return latest;
  } catch {
    return undefined;
  }
}

function missing(id: string, dir: string): InputError {
  return new InputError({
    what: `There is no snapshot ${JSON.stringify(id)} in ${dir}.`,
    fix: "Name one that `exitgraph collect` printed.",
  });
}

function damaged(id: string, how: string, stream?: string): InputError {
  return new InputError({
    what: `The snapshot ${id} is not what was written${stream === undefined ? "" : ` (stream ${stream})`}: ${how}.`,
    means: "It was corrupted or edited, so it is no evidence; nothing was changed by it.",
    fix: "Restore it from a backup, or collect again.",
    source: sourceOf(id),
  });
}

/** Damage of the compressed bytes is the snapshot's; anything else of the disk is an operation that failed. */
function readError(id: string, stream: string | undefined, error: unknown): unknown {
  if (error instanceof InputError) return error;
  const code = codeOf(error);
  if (code?.startsWith("Z_") || code?.startsWith("ERR_ENCODING")) {
    return damaged(id, "it cannot be decompressed", stream);
  }
  if (code === "ENOENT" && stream !== undefined) return damaged(id, "its file is missing", stream);
  if (code === undefined) return error;
  return new OperationError({
    what: `The snapshot ${id} could not be read (${code}).`,
    fix: "Check the disk and the permissions of the data folder.",
    source: sourceOf(id),
    cause: error,
  });
}
