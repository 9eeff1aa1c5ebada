import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import type { GraphStore } from "../graph/index.js";

/** A file as it stands. */
export interface SweptFile {
  readonly path: string;
  readonly raw: Buffer;
}

/** What a file says, also where it is compressed. */
export function contentOf({ raw }: SweptFile): Buffer {
  return raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw;
}

/** Every file below a folder; sockets and the like are none. */
export async function filesBelow(folder: string): Promise<readonly SweptFile[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: SweptFile[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.push({ path: relative(folder, path), raw: await readFile(path) });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** All that a store holds, a line per node and relationship; `bookkeeping` that every opening renews is left out. */
export async function storeLines(store: GraphStore): Promise<readonly string[]> {
  const lines: string[] = [];
  const labels = await store.rows("MATCH (n) RETURN DISTINCT labels(n) AS labels");
  const names = labels.flatMap(({ labels: list }) => (Array.isArray(list) ? list.map(String) : []));
  for (const label of new Set(names)) {
    if (["Lease", "GraphLock"].includes(label)) continue;
    const all = `MATCH (n:${label}) RETURN labels(n) AS labels, properties(n) AS props`;
    for (const row of await store.rows(all)) lines.push(JSON.stringify(row));
  }
  const edges =
    "MATCH (a:Entity)-[e]->(b:Entity) RETURN a.key AS a, type(e) AS type, properties(e) AS props, b.key AS b";
  for (const row of await store.rows(edges)) lines.push(JSON.stringify(row));
  return lines.sort();
}

/** The forms in which a secret may stand somewhere: as it is, or as somebody may have encoded it or what is around it. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // What stands before it decides where its groups of three bytes begin; the characters at both ends mix with others.
  const within = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return text.slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("hex"),
  ];
  const url = within.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([...forms, ...within, ...url])];
}
