import { z } from "zod";
import type { GraphStore } from "../graph/index.js";
import { text } from "./cells.js";

/** The read of findings, also for the differential test over all reads. */
export const FINDING_QUERIES = {
  documents: "MATCH (f:Finding) RETURN f.fingerprint AS key, f.document AS document",
} as const;

/** What is needed of a finding to say which rows of an access review it speaks of. */
const shape = z.object({
  rule: z.string(),
  status: z.string(),
  subject: z.object({ key: z.string(), label: z.string() }),
  columns: z.record(z.string(), z.unknown()),
});

/**
 * Rule ids of the findings that stand (open or excepted), by the keys that they name. A finding that names an
 * entitlement speaks of that entitlement only; one that names none speaks of the whole account.
 */
export class FindingIndex {
  /** By account key: rules, and the entitlements they are limited to. */
  readonly #byKey = new Map<string, { rule: string; others: ReadonlySet<string> }[]>();

  add(finding: z.infer<typeof shape>): void {
    const keys = new Set([finding.subject.key]);
    for (const value of Object.values(finding.columns)) {
      if (typeof value === "string" && value.includes("/")) keys.add(value);
    }
    for (const key of keys) {
      const list = this.#byKey.get(key) ?? [];
      this.#byKey.set(key, list);
      list.push({ rule: finding.rule, others: keys });
    }
  }

  /**
   * Rules of the findings about an account and an entitlement of it (none: about the account as such).
   * `isEntitlement` says which of a finding's keys limit it.
   */
  rules(
    account: string,
    entitlement: string | undefined,
    isEntitlement: (key: string) => boolean,
  ): readonly string[] {
    const rules = new Set<string>();
    for (const { rule, others } of this.#byKey.get(account) ?? []) {
      const limits = [...others].filter((key) => key !== account && isEntitlement(key));
      if (limits.length === 0 || (entitlement !== undefined && limits.includes(entitlement))) rules.add(rule);
    }
    return [...rules].sort();
  }
}

/** Reads the findings that stand. */
export async function loadFindingIndex(store: GraphStore, signal?: AbortSignal): Promise<FindingIndex> {
  const index = new FindingIndex();
  for await (const rows of store.read(FINDING_QUERIES.documents, signal === undefined ? {} : { signal })) {
    for (const row of rows) {
      const document = text(row.document);
      const parsed = document === null ? undefined : shape.safeParse(JSON.parse(document));
      if (parsed?.success && parsed.data.status !== "closed") index.add(parsed.data);
    }
  }
  return index;
}
