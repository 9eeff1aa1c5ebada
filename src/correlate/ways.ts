import { canonicalJson, digest } from "../model/index.js";

/** What limits an edge, as the system says it; nothing where it simply holds. */
export interface Limits {
  readonly assignment?: "eligible";
  /** Epoch ms; it holds while startsAt <= now < endsAt. */
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly condition?: string;
}

/** An edge that something follows from. */
export interface Ground {
  /** Its id; or the key of what says it without naming anybody. */
  readonly id: string;
  readonly limits: Limits;
}

/** One way in which something derived holds: all of its grounds together. */
export interface Way {
  readonly from: string;
  readonly to: string;
  /** Begins the discriminator: ways of one kind are one edge where they have the same limits. */
  readonly kind: string;
  readonly grounds: readonly Ground[];
  /** Why, in words; ways that are one edge say all of theirs. */
  readonly because: string;
}

/** A derived edge: ways that hold alike are one. */
export interface Derived {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly discriminator: string;
  readonly limits: Limits;
  /** Ids of what it follows from, sorted. */
  readonly restsOn: readonly string[];
  /** Sorted. */
  readonly because: readonly string[];
}

/** What limits all together: each of them does. */
export function together(all: readonly Limits[]): Limits {
  const eligible = all.some(({ assignment }) => assignment === "eligible");
  const starts = all.flatMap(({ startsAt }) => startsAt ?? []);
  const ends = all.flatMap(({ endsAt }) => endsAt ?? []);
  const conditions = [...new Set(all.flatMap(({ condition }) => condition ?? []))].sort();
  return {
    ...(eligible ? { assignment: "eligible" as const } : {}),
    ...(starts.length === 0 ? {} : { startsAt: Math.max(...starts) }),
    ...(ends.length === 0 ? {} : { endsAt: Math.min(...ends) }),
    ...(conditions.length === 0 ? {} : { condition: conditions.join(" and ") }),
  };
}

/** Makes edges of ways. Of one kind, those that hold always are one edge, and others one for each limit. */
export function derivedOf(ways: Iterable<Way>): readonly Derived[] {
  const found = new Map<string, { one: Derived; restsOn: string[]; because: string[] }>();
  for (const { from, to, kind, grounds, because } of ways) {
    const limits = grounds.every((ground) => isEmpty(ground.limits))
      ? NONE
      : together(grounds.map((ground) => ground.limits));
    const text = isEmpty(limits) ? "" : canonicalJson(limits);
    const id = [from, to, kind, text].join("|");
    let known = found.get(id);
    if (known === undefined) {
      const discriminator = text === "" ? kind : `${kind}:${digest(text).slice(0, 16)}`;
      const reasons = { restsOn: [], because: [] };
      known = { one: { from, to, kind, discriminator, limits, ...reasons }, ...reasons };
      found.set(id, known);
    }
    for (const ground of grounds) if (!known.restsOn.includes(ground.id)) known.restsOn.push(ground.id);
    if (!known.because.includes(because)) known.because.push(because);
  }
  return [...found.values()].map(({ one, restsOn, because }) => {
    restsOn.sort();
    because.sort();
    return one;
  });
}

/** Most ways have no limits: they share this. */
const NONE: Limits = {};
const isEmpty = (limits: Limits) => Object.keys(limits).length === 0;
