import {
  EDGE_RULES,
  type GraphRecord,
  parseKey,
  recordHash,
  recordId,
  recordLine,
} from "../../src/model/index.js";
import { GLOBAL_IDS, type GraphImage, streamRank, type TestRead } from "./ingest-worlds.js";

/**
 * What the graph must hold, worked out in the plainest way: per partition the records that were last read
 * completely, overlaid by later partial reads, and all of them put together. It shares no code with src/ingest.
 */
export class Oracle {
  readonly #partitions = new Map<string, Holding>();

  read(source: string, reads: readonly TestRead[], rankOf = streamRank): void {
    for (const read of reads) {
      const name = `${source}|${read.stream}|${read.partition}`;
      const holding = this.#partitions.get(name) ?? {
        rank: 0,
        name,
        partition: read.partition,
        scope: [],
        records: new Map(),
      };
      this.#partitions.set(name, holding);
      const rank = source === "derived" ? 999 : rankOf(source, read.stream);
      applyRead(holding, read, rank);
    }
  }

  /**
   * Which records violate which invariant, and whose they are, looked for one by one. Worlds violate all but the first
   * (what is not asserted, or has an end that is nothing, cannot be written): credentials without a holder, entitlements
   * without a resource, edges between labels that they may not join, and users that two sources describe.
   */
  violations(): readonly {
    readonly invariant: string;
    readonly record: string;
    readonly parts: readonly string[];
  }[] {
    const claims = this.#claims();
    const nodes = new Map<
      string,
      { readonly labels: readonly string[]; readonly provider: unknown; readonly parts: readonly string[] }
    >();
    const edges: {
      readonly type: keyof typeof EDGE_RULES;
      readonly from: string;
      readonly to: string;
      readonly parts: readonly string[];
    }[] = [];
    for (const [id, all] of claims) {
      const merged = merge(all);
      const parts = all.map(({ holding }) => holding.name);
      if (merged.kind === "edge") edges.push({ ...merged.record, parts });
      else {
        const { labels, props } = merged.image;
        nodes.set(id, {
          labels,
          provider: props.provider,
          parts: parts.filter((part) => !part.startsWith("derived|")),
        });
      }
    }
    const found: { invariant: string; record: string; parts: readonly string[] }[] = [];
    for (const { type, from, to, parts } of edges) {
      const fits = (key: string, labels: readonly string[]) =>
        nodes.get(key)?.labels.some((label) => labels.includes(label)) ?? true;
      if (fits(from, EDGE_RULES[type].from) && fits(to, EDGE_RULES[type].to)) continue;
      found.push({ invariant: "INV-4", record: `${from} -${type}-> ${to}`, parts });
    }
    for (const [record, { labels, provider, parts }] of nodes) {
      if (parts.length === 0) continue;
      const { source, kind, id } = parseKey(record);
      const twin = nodes.get(`${source === "s" ? "other" : "s"}/${kind}/${id}`);
      const violated = {
        "INV-2":
          labels.includes("Entitlement") && !edges.some((edge) => edge.type === "ON" && edge.from === record),
        "INV-3":
          labels.includes("Credential") &&
          !edges.some((edge) => edge.type === "HAS_CREDENTIAL" && edge.to === record),
        "INV-5":
          ["s", "other"].includes(source) &&
          GLOBAL_IDS.has(String(provider)) &&
          twin?.provider === provider &&
          twin?.parts.length !== 0,
      };
      for (const [invariant, isIt] of Object.entries(violated))
        if (isIt) found.push({ invariant, record, parts });
    }
    return found;
  }

  #claims(): ReadonlyMap<string, Claim[]> {
    const claims = new Map<string, Claim[]>();
    for (const holding of this.#partitions.values()) {
      for (const [id, held] of holding.records) {
        claims.set(id, [...(claims.get(id) ?? []), { holding, ...held }]);
      }
    }
    return claims;
  }

  /** Nodes and edges as the store must have them; without `claims`, `missingAt` and `missingRead`. */
  image(): GraphImage {
    const nodes: Record<string, unknown> = {};
    const edges: Record<string, unknown> = {};
    const ends = new Set<string>();
    for (const [id, all] of this.#claims()) {
      const merged = merge(all);
      if (merged.kind === "node") {
        nodes[id] = merged.image;
      } else {
        edges[imageId(merged.record)] = merged.image;
        ends.add(merged.record.from).add(merged.record.to);
      }
    }
    for (const key of ends) {
      nodes[key] ??= {
        labels: ["Entity", "Unresolved"],
        props: { key, label: "Unresolved", name: parseKey(key).id },
      };
    }
    return { nodes, edges };
  }
}

interface Held {
  readonly record: GraphRecord;
  /** What it says: for what it is unsure of, what the same partition said before it. */
  readonly says: Readonly<Record<string, unknown>>;
  /** What of that only stands in. */
  readonly open: ReadonlySet<string>;
  readonly lost: boolean;
}
interface Holding {
  rank: number;
  readonly name: string;
  readonly partition: string;
  scope: readonly string[];
  records: Map<string, Held>;
}
interface Claim extends Held {
  readonly holding: Holding;
}

function applyRead(holding: Holding, read: TestRead, rank: number): void {
  const { verdict = "complete", scope = [] } = read;
  if (verdict === "failed") return;
  holding.rank = rank;
  const covers = holding.scope.every((token) => scope.includes(token));
  const before = holding.records;
  if (verdict === "complete" && covers) {
    holding.scope = scope;
    holding.records = new Map();
    for (const [id, held] of before) {
      const { record } = held;
      const kept = record.kind === "node" && (record.label === "Person" || record.label === "Employment");
      if (kept) holding.records.set(id, { ...held, lost: true });
    }
  }
  for (const record of read.records) {
    const id = recordId(record);
    holding.records.set(id, { record, ...saying(record, before.get(id)), lost: false });
  }
}

function saying(record: GraphRecord, last: Held | undefined): Pick<Held, "says" | "open"> {
  const says: Record<string, unknown> = { ...record.props };
  const open = new Set<string>();
  if (record.kind === "edge") return { says, open };
  if (says.name === parseKey(record.key).id) delete says.name;
  for (const name of record.unsure ?? []) {
    if (last !== undefined && !last.lost && name in last.says && !last.open.has(name)) {
      says[name] = last.says[name];
    } else if (name in says) {
      open.add(name);
    }
  }
  return { says, open };
}

function merge(all: readonly Claim[]) {
  const order = (a: Claim, b: Claim) =>
    b.holding.rank - a.holding.rank || (a.holding.name < b.holding.name ? -1 : 1);
  const sorted = [...all].sort(order);
  const counted = sorted.some((claim) => !claim.lost) ? sorted.filter((claim) => !claim.lost) : sorted;
  const assertions = sorted.map(({ holding, record, lost }) => {
    const hash = lost ? "-" : recordHash(recordLine(holding.partition, record));
    return `${holding.rank}|${holding.name}|${hash}`;
  });
  // The least important first, so that the others overwrite it; and what only stands in before all else.
  const last = counted.toReversed();
  const pick = (wanted: boolean) =>
    last.flatMap(({ says, open }) => Object.entries(says).filter(([name]) => open.has(name) === wanted));
  const known = Object.fromEntries(pick(false));
  const props: Record<string, unknown> = { ...Object.fromEntries(pick(true)), ...known };
  const unsure = Object.keys(props).filter((name) => !(name in known));
  const winner = counted[0]?.record;
  if (winner === undefined) throw new Error("nothing claims it");
  if (winner.kind === "edge") {
    return {
      kind: "edge" as const,
      record: winner,
      image: { ...props, disc: winner.discriminator ?? "", assertions },
    };
  }
  const records = counted.flatMap(({ record }) => (record.kind === "node" ? [record] : []));
  const provider = records.find((record) => record.provider !== undefined)?.provider;
  const aliases = [...new Set(records.flatMap((record) => record.aliases ?? []))].sort();
  const labels = new Set(["Entity", winner.label, ...(provider === undefined ? [] : [provider])]);
  if (winner.label === "Account" && props.accountType === "service") labels.add("NonHumanIdentity");
  return {
    kind: "node" as const,
    image: {
      labels: [...labels].sort(),
      props: {
        ...props,
        key: winner.key,
        label: winner.label,
        name: props.name ?? parseKey(winner.key).id,
        ...(provider === undefined ? {} : { provider }),
        ...(aliases.length === 0 ? {} : { aliases }),
        ...(unsure.length === 0 ? {} : { unsure: unsure.sort() }),
        ...(counted.every((claim) => claim.lost) ? { missing: true } : {}),
        assertions,
      },
    },
  };
}

function imageId(edge: GraphRecord & { readonly kind: "edge" }): string {
  return `${edge.type}|${edge.from}|${edge.to}|${edge.discriminator ?? ""}`;
}
