import {
  type CanonicalLabel,
  type GraphRecord,
  isRef,
  PROPERTY_NAME,
  PROVIDER_LABEL,
  type Props,
  type PropValue,
  recordType,
} from "../model/index.js";
import type { Produces } from "./contract.js";

/** A collector broke its own declaration: nothing of that stream can be trusted. */
export class ContractViolation extends Error {}

/** Names that the graph keeps for itself (docs/graph.md). */
const RESERVED = new Set([
  "key",
  "label",
  "provider",
  "aliases",
  "assertions",
  "claims",
  "missing",
  "missingAt",
  "missingRead",
  "unsure",
  "disc",
]);

/**
 * Checks each record against what its stream declares, and brings it into its canonical form: undefined
 * properties are left out, aliases are sorted. A node known by reference only (`ref/…`) is bound by the same
 * declaration: its label, provider and properties must be declared, and `name` always may be given.
 */
export class RecordChecker {
  readonly #prefix: string;
  readonly #who: string;
  readonly #nodes = new Map<string, ReadonlySet<string>>();
  readonly #edges = new Map<string, ReadonlySet<string>>();

  constructor(source: string, system: string, stream: string, produces: Produces) {
    this.#prefix = `${source}/`;
    this.#who = `the collector ${system} broke its contract in stream ${stream}`;
    for (const node of produces.nodes) {
      if (node.provider !== undefined && !PROVIDER_LABEL.test(node.provider)) {
        throw new ContractViolation(`${this.#who}: ${JSON.stringify(node.provider)} is not a provider label`);
      }
      const type = typeOf(node.label, node.provider);
      const before = this.#nodes.get(type) ?? [];
      this.#nodes.set(type, this.#names([...before, ...node.properties, ...(node.refines ?? []), "name"]));
    }
    for (const edge of produces.edges) {
      const before = this.#edges.get(edge.type) ?? [];
      this.#edges.set(edge.type, this.#names([...before, ...edge.properties]));
    }
  }

  /** The record in canonical form. Throws ContractViolation, which names property and type but no value. */
  check(record: GraphRecord): GraphRecord {
    const type = recordType(record);
    if (record.kind === "node") {
      const allowed = this.#nodes.get(typeOf(record.label, record.provider));
      if (allowed === undefined) this.#refuse(`it does not declare the node ${type} (${record.label})`);
      this.#key(record.key, type);
      const aliases = this.#aliases(record.aliases, type);
      return {
        kind: "node",
        key: record.key,
        label: record.label,
        ...(record.provider === undefined ? {} : { provider: record.provider }),
        ...(aliases.length === 0 ? {} : { aliases }),
        props: this.#props(record.props, allowed, type),
        ...this.#unsure(record.unsure, allowed, type),
      };
    }
    const allowed = this.#edges.get(record.type);
    if (allowed === undefined) this.#refuse(`it does not declare the edge ${type}`);
    this.#key(record.from, type);
    this.#key(record.to, type);
    return {
      kind: "edge",
      type: record.type,
      from: record.from,
      to: record.to,
      ...(record.discriminator === undefined || record.discriminator === ""
        ? {}
        : { discriminator: record.discriminator }),
      props: this.#props(record.props, allowed, type),
    };
  }

  #names(names: Iterable<string>): ReadonlySet<string> {
    const set = new Set(names);
    for (const name of set) {
      if (!PROPERTY_NAME.test(name) || RESERVED.has(name)) {
        this.#refuse(`${JSON.stringify(name)} cannot be the name of a property`);
      }
    }
    return set;
  }

  #key(key: string, type: string): void {
    // The id may hold slashes; source and kind may not be empty. What needs escaping was escaped by entityKey.
    const wellFormed =
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through
      /^[^/\s|"\\]+\/[^/\s|"\\]+\/[^\u0000-\u0020|"\\\u007f-\u009f\u2028\u2029\p{Cs}]+$/u.test(key);
    if (!wellFormed || !(isRef(key) || key.startsWith(this.#prefix))) {
      this.#refuse(
        `the key of a record of type ${type} does not have the form ${this.#prefix}<kind>/<id> or ref/<kind>/<id>`,
      );
    }
  }

  #aliases(aliases: readonly string[] | undefined, type: string): readonly string[] {
    if (aliases === undefined) return [];
    if (!aliases.every((alias) => typeof alias === "string")) this.#refuse(`an alias of ${type} is not text`);
    return [...new Set(aliases.filter((alias) => alias !== ""))].sort();
  }

  #props(props: Props, allowed: ReadonlySet<string>, type: string): Props {
    const kept: Record<string, PropValue> = {};
    for (const [name, value] of Object.entries<unknown>(props)) {
      if (value === undefined) continue;
      if (!allowed.has(name)) this.#refuse(`it does not declare the property ${name} of ${type}`);
      if (!isPropValue(value)) {
        this.#refuse(
          `the property ${name} of ${type} is not text, a finite number, a boolean or a list of texts or numbers` +
            (value === null ? " (null: leave out what is unknown)" : ""),
        );
      }
      if (name === "name" && typeof value !== "string") this.#refuse(`the name of ${type} is not text`);
      kept[name] = value;
    }
    return kept;
  }

  #unsure(
    names: readonly string[] | undefined,
    allowed: ReadonlySet<string>,
    type: string,
  ): { readonly unsure?: readonly string[] } {
    if (names === undefined || names.length === 0) return {};
    for (const name of names) {
      if (!allowed.has(name))
        this.#refuse(`it is unsure of ${String(name)}, which it does not declare of ${type}`);
    }
    return { unsure: [...new Set(names)].sort() };
  }

  #refuse(why: string): never {
    throw new ContractViolation(`${this.#who}: ${why}`);
  }
}

function typeOf(label: CanonicalLabel, provider: string | undefined): string {
  return `${label}/${provider ?? ""}`;
}

function isPropValue(value: unknown): value is PropValue {
  if (Array.isArray(value)) {
    return (
      value.every((item) => typeof item === "string") ||
      value.every((item) => typeof item === "number" && Number.isFinite(item))
    );
  }
  return (
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value))
  );
}
