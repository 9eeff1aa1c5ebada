import { defineCollector, type Failure } from "../../src/collect/index.js";
import { InputError } from "../../src/model/index.js";
import { advise, configSchema, type HrConfig } from "./config.js";
import { convertPage, createMemo, EMPLOYMENT_PROPERTIES, type HrMemo } from "./convert.js";
import { fields, notRead } from "./fields.js";
import { pageSchema } from "./page.js";
import { checkFile, readFile } from "./read.js";

const PARTITION = "all";

/** An HR file. The session is the path of the file. */
export const collector = defineCollector<HrConfig, string, HrMemo>({
  system: "hr-csv",
  title: "HR file (CSV)",
  version: "1",
  category: "hr",
  config: configSchema,
  permissions: [
    {
      name: "file:read",
      why: "to read the HR file; without it nobody is known to have left",
      streams: ["workers"],
    },
  ],
  fields,
  notRead,
  rateLimit: { requestsPerSecond: 100, concurrency: 1 },
  streams: [
    {
      name: "workers",
      title: "Workers",
      produces: { nodes: [{ label: "Employment", properties: EMPLOYMENT_PROPERTIES }], edges: [] },
      read: (path, _partition, io) => readFile(path, io),
      convert: convertPage,
      partitionOf: () => PARTITION,
      truncated: (page) => !pageSchema.parse(page).last,
    },
  ],
  async open({ source, config }) {
    if (config.path !== undefined) return config.path;
    throw new InputError({
      what: `The source ${source} does not say which file it is.`,
      fix: "Give it a `path`, or a `recording`.",
      source,
    });
  },
  async check(path, context) {
    await checkFile(path, context);
  },
  advise,
  partitions: async () => [{ id: PARTITION, title: "all workers" }],
  createMemo,
  classify,
});

function classify(error: unknown): Failure {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // As opened: a relative path of the configuration starts where people may not expect it.
  const path = error instanceof Error && "path" in error ? error.path : undefined;
  const file = typeof path === "string" ? `the file ${path}` : "the file";
  switch (code) {
    case "ENOENT":
      return { kind: "notFound", message: `${file} does not exist` };
    case "EACCES":
    case "EPERM":
      return { kind: "denied", permission: "file:read", message: `${file} may not be read` };
    case "EISDIR":
      return { kind: "fatal", message: "it is a folder, not a file" };
    default:
      return { kind: "fatal", message: typeof code === "string" ? `${file} cannot be read (${code})` : "" };
  }
}
