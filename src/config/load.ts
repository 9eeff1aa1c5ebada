import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { z } from "zod";
import { InputError, type Log, messageOf, RESERVED_SOURCES } from "../model/index.js";
import { parseYaml, type YamlFile } from "./document.js";
import { type Problem, pathText, problemsOf } from "./problems.js";
import {
  type Config,
  configSchema,
  type LoadedConfig,
  type SourceConfig,
  sourceBaseSchema,
} from "./schema.js";
import { suggest } from "./suggest.js";

export const CONFIG_FILE = "exitgraph.yaml";

export interface LoadOptions {
  /** `--config`; without it `exitgraph.yaml` of the working folder. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Known types of sources, and the strict schema of each one's own keys. */
  readonly collectors: ReadonlyMap<string, { readonly config: z.ZodType }>;
  /** Gets hints, such as a password that stands in the file. */
  readonly log?: Log;
  /** Working folder; the process's unless told. */
  readonly cwd?: string;
}

/**
 * Reads and checks the configuration. Paths in the result are absolute (a collector's own paths start at
 * `baseDir`, and are its to resolve).
 * @throws InputError for a missing or malformed file, unknown keys, unset variables, bad values: each with its
 * line and key, never with a value that came from the environment.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const file = resolve(options.cwd ?? process.cwd(), options.file ?? CONFIG_FILE);
  const shown = basename(file);
  const yaml = parseYaml(await readText(file, options.file === undefined), shown, options.env);
  const fail = (problems: readonly Problem[]): never => refuse(shown, yaml, problems);

  if (yaml.value !== null && (typeof yaml.value !== "object" || Array.isArray(yaml.value))) {
    return fail([{ path: [], text: "must be a map of keys such as store, company and sources" }]);
  }
  const checked = configSchema.safeParse(yaml.value ?? {});
  const general = checked.success ? [] : problemsOf(checked.error, configSchema);
  const problems: Problem[] = [];
  const sources: SourceConfig[] = [];
  const baseDir = dirname(file);
  for (const [name, entry] of rawSources(yaml.value)) {
    const { source, found } = await checkSource(name, entry, options.collectors, baseDir);
    problems.push(...found);
    if (source !== undefined) sources.push(source);
  }
  const said = new Set(problems.map((problem) => pathText(problem.path)));
  problems.unshift(...general.filter((problem) => !said.has(pathText(problem.path))));
  if (!checked.success || problems.length > 0) return fail(problems);

  const absolute = (path: string) => resolve(baseDir, path);
  const config = withAbsolutePaths(checked.data, absolute);
  if (config.store.engine === "neo4j" && /^[^:]+:\/\/[^/]*@/.test(config.store.uri)) {
    return fail([{ path: ["store", "uri"], text: "holds a login; put it in store.user and store.password" }]);
  }
  for (const hint of hints(yaml)) options.log?.warn(`${shown}: ${hint}`);
  return { file, baseDir, dataDir: config.data, config, sources };
}

async function readText(file: string, isDefault: boolean): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") {
      throw new InputError({
        what: isDefault
          ? `There is no ${CONFIG_FILE} in ${dirname(file)}.`
          : `There is no configuration file ${file}.`,
        fix: "Write one with `exitgraph init`, name another with --config, or see it work first with `exitgraph demo`.",
      });
    }
    const why = code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "it is not UTF-8 text" : messageOf(error);
    throw new InputError({ what: `The configuration ${file} cannot be read: ${why}.`, cause: error });
  }
}

function rawSources(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || !("sources" in value)) return [];
  const { sources } = value;
  return typeof sources === "object" && sources !== null && !Array.isArray(sources)
    ? Object.entries(sources)
    : [];
}

const BASE_KEYS = Object.keys(sourceBaseSchema.shape);

async function checkSource(
  name: string,
  entry: unknown,
  collectors: LoadOptions["collectors"],
  baseDir: string,
): Promise<{ source?: SourceConfig; found: readonly Problem[] }> {
  const path = ["sources", name];
  if (RESERVED_SOURCES.includes(name)) {
    return { found: [{ path, text: "is a name that exitgraph uses itself; choose another" }] };
  }
  const base = sourceBaseSchema.safeParse(entry);
  const known = [...collectors.keys()];
  if (!base.success) {
    const found = problemsOf(base.error, sourceBaseSchema, path).map((problem) =>
      problem.path.at(-1) === "type"
        ? { ...problem, text: `${problem.text} (known: ${known.join(", ")})` }
        : problem,
    );
    return { found };
  }
  const { type, recording, schedule, ...own } = base.data;
  const collector = collectors.get(type);
  if (collector === undefined) {
    const meant = suggest(type, known);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    return {
      found: [
        { path: [...path, "type"], text: `is no known type of source${hint} (known: ${known.join(", ")})` },
      ],
    };
  }
  const settings = await collector.config.safeParseAsync(own);
  if (!settings.success) return { found: problemsOf(settings.error, collector.config, path, BASE_KEYS) };
  return {
    source: {
      name,
      type,
      recording: recording === undefined ? undefined : resolve(baseDir, recording),
      schedule,
      settings: settings.data,
    },
    found: [],
  };
}

function withAbsolutePaths(config: Config, absolute: (path: string) => string): Config {
  const { mapping } = config.correlate;
  return {
    ...config,
    data: absolute(config.data),
    correlate: { ...config.correlate, ...(mapping === undefined ? {} : { mapping: absolute(mapping) }) },
    rules: { ...config.rules, folders: config.rules.folders.map(absolute) },
  };
}

const SECRET_KEY = /(password|passwd|secret|token|(api|private|secret|access)[-_]?key|credentials?)$/i;

/** What is allowed but unwise. */
function hints(yaml: YamlFile): string[] {
  return yaml.literals
    .filter(({ path, value }) => SECRET_KEY.test(path.at(-1) ?? "") && value !== "")
    .map(
      ({ path }) =>
        `${yaml.lineOf(path) ?? ""}: ${path.join(".")} looks like a secret in plain text; take it from the environment with \${NAME}`,
    );
}

/** One InputError for all problems, each with its line. */
function refuse(file: string, yaml: YamlFile, problems: readonly Problem[]): never {
  const shown = problems.slice(0, 20).map(({ path, key, text }) => {
    const line = yaml.lineOf(key === undefined ? path : path.slice(0, -1), key);
    return `\n  ${line === undefined ? "" : `${line}: `}${pathText(path)} ${text}`;
  });
  const more = problems.length > 20 ? `\n  and ${problems.length - 20} more` : "";
  let what = `${file} is not a valid configuration:${shown.join("")}${more}`;
  for (const value of [...yaml.fromEnvironment].sort((a, b) => b.length - a.length)) {
    if (value.length >= 4) what = what.replaceAll(value, "…");
  }
  throw new InputError({ what, fix: "\nCorrect the file; nothing was read and nothing changed." });
}
