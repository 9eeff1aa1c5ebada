import type { AnyCollector, Field } from "../collect/index.js";
import { EDGE_RULES, useOf } from "../model/index.js";

/** One property that a collector reads. */
export interface CollectedRow {
  readonly kind: "node" | "edge";
  /** The provider's label (`AwsUser`), the canonical one where there is none, or the edge's type. */
  readonly type: string;
  /** The canonical label, or the edge's type. */
  readonly label: string;
  readonly property: string;
  readonly streams: readonly string[];
  readonly from: string;
  readonly use: string;
}

export interface Collected {
  readonly rows: readonly CollectedRow[];
  /** Every record type, also those that have no properties, in the order in which streams name them. */
  readonly types: readonly {
    readonly kind: "node" | "edge";
    readonly type: string;
    readonly label: string;
  }[];
  /** Properties that `fields` does not explain, or that nobody says the use of. */
  readonly unexplained: readonly string[];
  /** Keys of `fields` that no stream emits. */
  readonly unused: readonly string[];
}

interface Emitted {
  readonly kind: "node" | "edge";
  readonly type: string;
  readonly label: string;
  readonly properties: Map<string, Set<string>>;
}

/** What a collector collects, from its metadata: each property by `Type.property` in its `fields`, or by `property`. */
export function collectedOf(collector: AnyCollector): Collected {
  const { fields } = collector;
  const used = new Set<string>();
  const rows: CollectedRow[] = [];
  const unexplained: string[] = [];
  const emitted = emittedBy(collector);
  /** What stands for this type alone, or for all; the use may be the same where only the origin differs. */
  const field = (type: string, property: string): Field | undefined => {
    const [own, general] = [fields[`${type}.${property}`], fields[property]];
    if (own !== undefined) used.add(`${type}.${property}`);
    if (general !== undefined) used.add(property);
    return own === undefined ? general : { ...general, ...own };
  };
  for (const { kind, type, label, properties } of emitted) {
    for (const [property, streams] of properties) {
      const found = field(type, property);
      const use = found?.use ?? useOf(label, property);
      if (found === undefined || use === undefined) unexplained.push(`${type}.${property}`);
      else rows.push({ kind, type, label, property, streams: [...streams], from: found.from, use });
    }
    // Other names need no declaration, so they are explained where there are some.
    const aliases = kind === "node" ? field(type, "aliases") : undefined;
    if (aliases !== undefined)
      rows.push({
        ...{ kind, type, label, property: "aliases", streams: [] },
        from: aliases.from,
        use: aliases.use ?? useOf(label, "aliases") ?? "",
      });
  }
  return {
    rows,
    types: emitted.map(({ kind, type, label }) => ({ kind, type, label })),
    unexplained,
    unused: Object.keys(fields).filter((key) => !used.has(key)),
  };
}

function emittedBy(collector: AnyCollector): readonly Emitted[] {
  const found = new Map<string, Emitted>();
  const add = (
    kind: Emitted["kind"],
    type: string,
    label: string,
    stream: string,
    names: readonly string[],
  ) => {
    const properties = found.get(`${label}/${type}`)?.properties ?? new Map<string, Set<string>>();
    found.set(`${label}/${type}`, { kind, type, label, properties });
    for (const name of names) {
      const streams = properties.get(name) ?? new Set<string>();
      properties.set(name, streams.add(stream));
    }
  };
  for (const { name: stream, produces } of collector.streams) {
    for (const { label, provider, properties, refines = [] } of produces.nodes)
      add("node", provider ?? label, label, stream, ["name", ...properties, ...refines]);
    for (const { type, properties } of produces.edges) add("edge", type, type, stream, properties);
  }
  return [...found.values()].sort((a, b) => (a.kind === b.kind ? 0 : a.kind === "node" ? -1 : 1));
}

/** A rule, as far as it looks at properties. */
export interface RuleText {
  readonly id: string;
  readonly query: string;
}

/** docs/collected.md: every system, entity and field that is collected, and what each is used for. */
export function collectedDocument(collectors: Iterable<AnyCollector>, rules: readonly RuleText[]): string {
  const looks = looksOf(rules);
  const systems = [...collectors].sort((a, b) => (a.system < b.system ? -1 : 1));
  return [
    "# What is collected, and what it is used for",
    "",
    "Made by `npm run docs` from the collectors' own metadata and the rules; `npm test` refuses it when it is stale.",
    "Nothing that does not stand here is kept: a record with another property is refused. The last column names the rules",
    "whose query looks at the property of such an entity; correlation, reach, reviews and exports use others.",
    "",
    ...systems.map(({ system, title }) => `- [${title}](#${anchor(title)}) (\`${system}\`)`),
    ...systems.flatMap((collector) => ["", ...sectionOf(collector, looks)]),
    "",
  ].join("\n");
}

function sectionOf(collector: AnyCollector, looks: Looks): readonly string[] {
  const { rows, types } = collectedOf(collector);
  const table = (kind: "node" | "edge", first: string) => {
    const list = types.filter((one) => one.kind === kind);
    if (list.length === 0) return [];
    return [
      "",
      `| ${first} | property | from | used for | rules |`,
      "| --- | --- | --- | --- | --- |",
      ...list.flatMap(({ type, label }) => {
        const own = rows.filter((row) => row.type === type && row.label === label);
        const name = typeName(type, label);
        if (own.length === 0) return [`| ${name} | – | | ${kind === "edge" ? meaning(label) : ""} | |`];
        return own.map(
          ({ property, from, use }) =>
            `| ${name} | \`${property}\` | ${cell(from)} | ${cell(use)} | ${(looks.get(`${label}.${property}`) ?? []).join(", ")} |`,
        );
      }),
    ];
  };
  const notRead = collector.notRead.map((text) => `- ${text}`);
  return [
    `## ${collector.title}`,
    "",
    `\`${collector.system}\`; set-up and permissions: [README](../collectors/${collector.system}/README.md).`,
    ...table("node", "entity"),
    ...table("edge", "edge"),
    ...(notRead.length === 0 ? [] : ["", "Not read:", "", ...notRead]),
  ];
}

const typeName = (type: string, label: string) => (type === label ? `\`${type}\`` : `\`${type}\` (${label})`);
const anchor = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const meaning = (type: string) =>
  Object.entries(EDGE_RULES).some(([name, { passes }]) => name === type && passes)
    ? "access passes along it"
    : "";

type Looks = ReadonlyMap<string, readonly string[]>;

/**
 * Which rules look at which property, by `Label.property` and `TYPE.property`: the variables that a query binds with a
 * label or a type, and their properties. What goes through an unlabelled variable is not seen.
 */
export function looksOf(rules: readonly RuleText[]): Looks {
  const found = new Map<string, string[]>();
  for (const { id, query } of [...rules].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const kinds = new Map<string, Set<string>>();
    for (const [, variable = "", names = ""] of query.matchAll(/[([](\w+):([\w|:]+)/g)) {
      const set = kinds.get(variable) ?? new Set<string>();
      kinds.set(variable, set);
      for (const name of names.split(/[|:]+/)) set.add(name);
    }
    for (const [, variable = "", property = ""] of query.matchAll(/\b(\w+)\.(\w+)\b/g)) {
      for (const kind of kinds.get(variable) ?? []) {
        const key = `${kind}.${property}`;
        const ids = found.get(key) ?? [];
        found.set(key, ids);
        if (!ids.includes(id)) ids.push(id);
      }
    }
  }
  return found;
}
