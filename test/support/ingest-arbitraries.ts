import * as fc from "fast-check";
import { type GraphRecord, type NodeRecord, type Props, recordId } from "../../src/model/index.js";
import type { TestRead } from "./ingest-worlds.js";

/** Random histories of several sources whose records meet in the same nodes. */

export interface Step {
  readonly source: string;
  readonly reads: readonly TestRead[];
  /** Where the ingest crashes, if it does, and whether the same snapshot is run again at once. */
  readonly crash:
    | { readonly write: number; readonly committed: boolean; readonly retry: boolean }
    | undefined;
  /** The local baselines are lost before it. */
  readonly forget: boolean;
  /** It is ingested with a version of the collector that lists its streams the other way round. */
  readonly reversed: boolean;
}

const USERS = [0, 1, 2, 3].map((n) => `s/user/${n}`);
const GROUPS = [0, 1].map((n) => `s/group/${n}`);
const KEYS = [0, 1, 2].map((n) => `s/key/${n}`);
const REFS = [0, 1].map((n) => `ref/x/${n}`);
/** What the other source would call the users if it read them too. */
const TWINS = [0, 1].map((n) => `other/user/${n}`);
const STAFF = [0, 1, 2].map((n) => `hr/employment/${n}`);
const PEOPLE = [0, 1].map((n) => `derived/person/${n}`);

const propsArb: fc.Arbitrary<Props> = fc
  .record(
    {
      name: fc.constantFrom("Ann", "Bob", "0", "1"),
      status: fc.constantFrom("enabled", "disabled", "unknown"),
      accountType: fc.constantFrom("service", "human"),
      count: fc.constantFrom(0, 1, 2.5, 1_790_000_000_000),
      mfa: fc.boolean(),
      emails: fc.constantFrom<readonly string[]>([], ["a@x"], ["a@x", "b@x"]),
    },
    { requiredKeys: [] },
  )
  .map((props) => Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)));

const nodeArb = (
  keys: readonly string[],
  labels: readonly NodeRecord["label"][],
  aliases: readonly string[] = [],
): fc.Arbitrary<GraphRecord> =>
  fc
    .record({
      key: fc.constantFrom(...keys),
      label: fc.constantFrom(...labels),
      provider: fc.constantFrom(undefined, undefined, "AwsUser", "AwsRole"),
      aliases: fc.subarray(["arn:a", "b@x", ...aliases]),
      props: propsArb,
      unsure: fc.oneof(
        fc.constant<readonly string[]>([]),
        fc.subarray(["name", "status", "accountType", "count", "emails"]),
      ),
    })
    .map(({ provider, aliases: names, unsure, ...node }) => ({
      kind: "node",
      ...node,
      ...(provider === undefined ? {} : { provider }),
      ...(names.length === 0 ? {} : { aliases: names }),
      ...(unsure.length === 0 ? {} : { unsure }),
    }));

const edgeArb = (
  type: "MEMBER_OF" | "HAS_CREDENTIAL" | "OWNED_BY" | "HAS_ACCOUNT" | "ON",
  from: readonly string[],
  to: readonly string[],
): fc.Arbitrary<GraphRecord> =>
  fc
    .record({
      from: fc.constantFrom(...from),
      to: fc.constantFrom(...to),
      discriminator: fc.constantFrom(undefined, undefined, "if a|b % c"),
      props: fc.constantFrom<Props>({}, {}, { assignment: "active" }, { assignment: "eligible", endsAt: 5 }),
    })
    .map(({ discriminator, ...edge }) => ({
      kind: "edge",
      type,
      ...edge,
      ...(discriminator === undefined ? {} : { discriminator }),
    }));

const recordsOf: Readonly<Record<string, fc.Arbitrary<GraphRecord>>> = {
  s: fc.oneof(
    { weight: 3, arbitrary: nodeArb(USERS, ["Account"]) },
    { weight: 1, arbitrary: nodeArb(GROUPS, ["Group"]) },
    { weight: 2, arbitrary: nodeArb(KEYS, ["Credential"], KEYS) },
    { weight: 2, arbitrary: nodeArb(REFS, ["Resource", "Entitlement", "Account"]) },
    { weight: 3, arbitrary: edgeArb("MEMBER_OF", [...USERS, ...GROUPS, ...REFS], GROUPS) },
    { weight: 2, arbitrary: edgeArb("HAS_CREDENTIAL", USERS, KEYS) },
    { weight: 1, arbitrary: edgeArb("ON", REFS, REFS) },
  ),
  other: fc.oneof(
    { weight: 2, arbitrary: nodeArb(REFS, ["Resource", "Account"]) },
    { weight: 2, arbitrary: nodeArb(TWINS, ["Account"]) },
    { weight: 1, arbitrary: edgeArb("MEMBER_OF", REFS, GROUPS) },
    { weight: 1, arbitrary: edgeArb("OWNED_BY", REFS, USERS) },
  ),
  hr: fc.oneof(
    { weight: 3, arbitrary: nodeArb(STAFF, ["Employment"]) },
    { weight: 1, arbitrary: edgeArb("OWNED_BY", STAFF, USERS) },
  ),
  derived: fc.oneof(
    { weight: 2, arbitrary: nodeArb(PEOPLE, ["Person"]) },
    { weight: 1, arbitrary: nodeArb(USERS, ["Account"]) },
    { weight: 2, arbitrary: edgeArb("HAS_ACCOUNT", PEOPLE, USERS) },
  ),
};

const PARTS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  s: [
    ["a", "1"],
    ["b", "1"],
    ["a", "2"],
  ],
  other: [["a", "1"]],
  hr: [
    ["a", "1"],
    ["a", "2"],
  ],
  derived: [["a", "all"]],
};

const readArb = (source: string, [stream, partition]: readonly [string, string]): fc.Arbitrary<TestRead> =>
  fc.record({
    stream: fc.constant(stream),
    partition: fc.constant(partition),
    verdict: fc.constantFrom("complete", "complete", "complete", "partial", "failed"),
    scope: fc.constantFrom<readonly string[]>(["x", "y"], ["x", "y"], ["x", "y"], ["x"]),
    records: fc.uniqueArray(recordsOf[source] ?? fc.constantFrom<GraphRecord>(), {
      maxLength: 8,
      selector: recordId,
    }),
  });

const stepArb: fc.Arbitrary<Step> = fc.constantFrom("s", "s", "s", "other", "hr", "derived").chain((source) =>
  fc.record({
    source: fc.constant(source),
    reads: fc
      .subarray([...(PARTS[source] ?? [])], { minLength: 1 })
      .chain((parts) => fc.tuple(...parts.map((part) => readArb(source, part)))),
    crash: fc.option(
      fc.record({ write: fc.integer({ min: 1, max: 9 }), committed: fc.boolean(), retry: fc.boolean() }),
      { nil: undefined, freq: 2 },
    ),
    forget: fc.boolean(),
    reversed: fc.constantFrom(false, false, true),
  }),
);

export const historyArb: fc.Arbitrary<readonly Step[]> = fc.array(stepArb, { minLength: 2, maxLength: 7 });
