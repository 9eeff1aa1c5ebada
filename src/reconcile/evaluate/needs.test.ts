import { describe, expect, it } from "vitest";
import type { ReadState, Verdict } from "../../model/index.js";
import { ruleNeeds } from "./needs.js";
import type { PartitionState, PlannedSource } from "./partitions.js";

const stream = (name: string, label: "Employment" | "Account") => ({
  name,
  title: name,
  optional: false,
  produces: { nodes: [{ label, properties: ["status"] }], edges: [] },
});
const PLAN: readonly PlannedSource[] = [
  { source: "hr", type: "hr-csv", category: "hr", streams: [stream("workers", "Employment")] },
  { source: "aws", type: "aws-iam", category: "access", streams: [stream("users", "Account")] },
];
const state = (
  source: string,
  streamName: string,
  partition: string,
  verdict: Verdict,
  read: ReadState,
): PartitionState => ({
  source,
  stream: streamName,
  partition,
  verdict,
  state: read,
  readAt: 0,
  onceRead: true,
  gap: verdict === "complete" && read === "applied" ? undefined : "it has a gap",
});
const needsWith = (hr: PartitionState, aws = state("aws", "users", "1", "complete", "applied")) =>
  ruleNeeds({ id: "LVR-001", needs: { see: ["Employment", "Account"], absenceOf: [] } }, PLAN, [hr, aws]);

const ON = { partitions: ["aws|1"], answerers: [] };

describe("that somebody is seen to be employed", () => {
  it("is enough beside an HR read that is not whole", () => {
    const needs = needsWith(state("hr", "workers", "all", "partial", "applied"));
    expect(needs.evaluated(ON)).toBe(false);
    expect(needs.onlyPeopleUnsure(ON)).toBe(true);
  });

  it("is not beside one that no longer asks for all that an earlier one did: a last day, say", () => {
    const needs = needsWith(state("hr", "workers", "all", "complete", "narrowed"));
    expect(needs.evaluated(ON)).toBe(false);
    expect(needs.onlyPeopleUnsure(ON)).toBe(false);
  });

  it("is not where the account's own read has a gap", () => {
    const hr = state("hr", "workers", "all", "partial", "applied");
    expect(needsWith(hr, state("aws", "users", "1", "partial", "applied")).onlyPeopleUnsure(ON)).toBe(false);
  });
});
