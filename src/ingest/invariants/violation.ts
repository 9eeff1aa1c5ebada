import { z } from "zod";
import type { Verdict } from "../../model/index.js";

export const INVARIANT_IDS = ["INV-1", "INV-2", "INV-3", "INV-4", "INV-5"] as const;
export type InvariantId = (typeof INVARIANT_IDS)[number];

/** Ids that a violation names. */
export const SAMPLES = 3;
const LONGEST_SAMPLE = 200;

const violationSchema = z.strictObject({
  invariant: z.enum(INVARIANT_IDS),
  /** Records that violate it. */
  count: z.number(),
  /** The first of them: keys, or an edge's ends. Nothing that a record says. */
  samples: z.array(z.string()),
});
export type Violation = Readonly<z.infer<typeof violationSchema>>;

export const violatedSchema = z.strictObject({
  /** In the order of their numbers. */
  violations: z.array(violationSchema),
  /** Streams of the same source and partition that were not read whole: what is missing may be theirs. */
  unread: z.array(z.string()),
});
/** What the records of one (source, stream, partition) violate. */
export type Violated = z.infer<typeof violatedSchema>;

/** What a violation of each says of one record, and of several. */
const SAYS: Readonly<Record<InvariantId, readonly [one: string, many: string]>> = {
  "INV-1": ["edge dangles", "edges dangle"],
  "INV-2": ["entitlement is on no resource", "entitlements are on no resource"],
  "INV-3": ["credential has no holder", "credentials have no holder"],
  "INV-4": ["edge joins what its type may not join", "edges join what their types may not join"],
  "INV-5": ["node is also read by another source", "nodes are also read by another source"],
};

/** `INV-2: 4 entitlements are on no resource: a, b, c, …`. */
export function violationText({ invariant, count, samples }: Violation): string {
  const shown = [...samples, ...(count > samples.length ? ["…"] : [])].join(", ");
  const [one, many] = SAYS[invariant];
  return `${invariant}: ${count} ${count === 1 ? one : many}${shown === "" ? "" : `: ${shown}`}`;
}

export function sampleOf(record: string): string {
  return record.length > LONGEST_SAMPLE ? `${record.slice(0, LONGEST_SAMPLE)}…` : record;
}

interface Said {
  readonly verdict: Verdict;
  readonly reason: string | null;
}

/**
 * How a read stands whose records violate something: no longer complete, for reasons that come after its own, so that
 * they hide none. What it could not read may explain them.
 */
export function standingOf(said: Said, violated: Violated | undefined): Said {
  if (violated === undefined) return said;
  const { violations, unread } = violated;
  const names = unread.length === 1 ? `${unread.join()} was` : `${unread.join(", ")} were`;
  const maybe = unread.length === 0 ? "" : ` (maybe because ${names} not read whole)`;
  const texts = violations.map((violation) => `${violationText(violation)}${maybe}`);
  const own = said.reason === null || said.reason === "" ? [] : [said.reason];
  return {
    verdict: said.verdict === "complete" ? "partial" : said.verdict,
    reason: [...own, ...texts].join("; "),
  };
}
