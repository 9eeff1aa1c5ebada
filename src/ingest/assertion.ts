/** Rank of what correlation says: above every stream of a collector. */
export const DERIVED_RANK = 999;
/** The hash of an assertion that a complete read no longer made, kept because its record is never deleted. */
export const LOST = "-";

/** That one stream of one source, reading one partition, says something of a record. */
export interface Assertion {
  readonly rank: number;
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  /** The record's hash (src/model `recordHash`), or `-`. */
  readonly hash: string;
}

/** `source|stream|partition`: whose assertion it is, and the key of the marker of that read. */
export function assertionId(of: Pick<Assertion, "source" | "stream" | "partition">): string {
  return `${of.source}|${of.stream}|${of.partition}`;
}

export function assertionText(assertion: Assertion): string {
  return `${assertion.rank}|${assertionId(assertion)}|${assertion.hash}`;
}

/** Reads `rank|source|stream|partition|hash`; `undefined` where it is not of that form. */
export function parseAssertion(text: string): Assertion | undefined {
  const [rank, source, stream, partition, hash, more] = text.split("|");
  if (rank === undefined || source === undefined || stream === undefined) return undefined;
  if (partition === undefined || hash === undefined || more !== undefined) return undefined;
  return { rank: Number(rank), source, stream, partition, hash };
}

/** Highest precedence first: the higher rank, then the smaller id. */
export function byPrecedence(a: Assertion, b: Assertion): number {
  if (a.rank !== b.rank) return b.rank - a.rank;
  const left = assertionId(a);
  const right = assertionId(b);
  return left < right ? -1 : left > right ? 1 : 0;
}
