import { type AccountStatus, type GraphRecord, parseKey } from "../../src/model/index.js";
import type { Finish } from "./emit-authorization.js";
import { isFresh, knowsAllUsers, type Listing, type Memo, type ReportRow, type ReportSlot } from "./memo.js";
import { accessKeyKey, certificateKey, instantOf, slotKey, userKey, userNameRef } from "./names.js";
import { AUTHORIZATION, edge, KEYS, node, type Owned, REPORT, unsureOf } from "./records.js";
import { matchSlots } from "./slots.js";
import { rootOf, type Subject, subjectsOf } from "./subjects.js";
import { emailsIn } from "./tags.js";

/** What the credential report and the listings of keys say, each record with the stream that owns it. */
export function* credentialRecords(context: Finish): Iterable<Owned> {
  const { memo } = context;
  const root = rootOf(context);
  if (root !== undefined) yield* reportRecords(root, context);
  const claimed = new Set<string>();
  const subjects = subjectsOf(context);
  for (const subject of subjects) {
    if (subject.row !== undefined) yield* reportRecords(subject, context);
    if (subject.succeeded) {
      const record = node("Account", "AwsUser", subject.key, { name: subject.name, status: "deleted" });
      yield { stream: REPORT, record };
    }
    yield* keyRecords(subject, context);
    if (subject.listing !== undefined) claimed.add(subject.name);
  }
  yield* goneHolders(context, subjects);
  for (const [name, listing] of memo.listings) {
    if (claimed.has(name)) continue;
    // A recording of key listings alone: the user is known by name only.
    const holder = userNameRef(context.partition, name);
    for (const key of listing.keys) yield* listedKey(holder, key, undefined, [], context);
  }
}

/** Records of `credential-report`. */
function* reportRecords(subject: Subject, context: Finish): Iterable<Owned> {
  const { row } = subject;
  if (row === undefined) return;
  const own = (record: GraphRecord): Owned => ({ stream: REPORT, record });
  const emails =
    subject.user === undefined ? emailsIn(subject.name).filter((e) => e === subject.name.toLowerCase()) : [];
  const facts = {
    status: statusOf(row),
    mfa: row.mfa,
    consolePassword: row.password,
    passwordChangedAt: row.passwordChangedAt,
    lastLoginAt: latest(row.passwordLastUsed, ...row.slots.map((slot) => slot.lastUsedAt)),
  };
  const reportOnly =
    subject.user !== undefined
      ? {}
      : { username: subject.name, arn: subject.arn, accountId: context.partition, createdAt: row.createdAt };
  if (row.root) {
    yield own(
      node(
        "Account",
        "AwsRoot",
        subject.key,
        {
          name: subject.name,
          ...facts,
          arn: subject.arn,
          accountId: context.partition,
          createdAt: row.createdAt,
          accountType: "breakGlass",
          accountTypeEvidence: "the root user of the account",
        },
        [subject.arn],
      ),
    );
  } else {
    yield own(
      node(
        "Account",
        "AwsUser",
        subject.key,
        {
          name: subject.name,
          ...facts,
          ...reportOnly,
          email: emails[0],
          ...accountTypeOf(subject, row),
        },
        [subject.arn, ...(subject.user === undefined ? [] : [subject.reportKey ?? ""]), ...emails].filter(
          (a) => a !== "",
        ),
      ),
    );
  }
  if (subject.gone) return;
  for (const slot of slotsToKeep(subject, row, context)) {
    const key = slotKey(context.source, subject.key, slot.slot);
    yield own(
      node(
        "Credential",
        "AwsAccessKey",
        key,
        {
          name: `access key ${slot.slot} of ${subject.name}`,
          credentialType: "accessKey",
          status: slot.active === undefined ? "unknown" : slot.active ? "active" : "inactive",
          slot: slot.slot,
          ...slotFacts(slot),
        },
        formerSlotKeys(subject, slot.slot, context),
      ),
    );
    yield own(edge("HAS_CREDENTIAL", subject.key, key));
  }
  for (const { slot, active, rotatedAt } of row.certificates) {
    if (active !== true && rotatedAt === undefined) continue;
    const key = certificateKey(context.source, subject.key, slot);
    yield own(
      node("Credential", "AwsSigningCertificate", key, {
        name: `signing certificate ${slot} of ${subject.name}`,
        credentialType: "certificate",
        status: active === undefined ? "unknown" : active ? "active" : "inactive",
        rotatedAt,
        slot,
      }),
    );
    yield own(edge("HAS_CREDENTIAL", subject.key, key));
  }
}

/**
 * Keys that only the report knows. Where the keys of a user were listed the listing is the newer and fuller word.
 * Where they were not (the listing failed, or nobody may list), the report's slots stand for them: but not beside
 * keys that the graph already knows by their id, because they are the same ones, and a key that was known by its slot
 * does not go away on the report's word: it becomes inactive.
 */
function slotsToKeep(subject: Subject, row: ReportRow, context: Finish): readonly ReportSlot[] {
  if (subject.listing !== undefined) return [];
  const { byId, bySlot, present } = keysKnown(subject, row, context);
  if (byId.length > 0 && present.length <= byId.length) return [];
  if (row.root) return present;
  return row.slots.filter(
    (slot) => present.includes(slot) || bySlot.includes(slotKey(context.source, subject.key, slot.slot)),
  );
}

/** Slots of the report that hold a key, and the keys of that user in the graph: by id, and by slot. */
function keysKnown(subject: Subject, row: ReportRow, { memo, source }: Finish) {
  const slotKeys = new Set(row.slots.map(({ slot }) => slotKey(source, subject.key, slot)));
  const inGraph = memo.knownCredentials.get(subject.key) ?? [];
  return {
    present: row.slots.filter((slot) => slot.active === true || slot.rotatedAt !== undefined),
    byId: inGraph.filter((key) => key.includes("/aws-access-key/") && !slotKeys.has(key)),
    bySlot: inGraph.filter((key) => slotKeys.has(key)),
  };
}

/** Records of `access-keys`. */
function* keyRecords(subject: Subject, context: Finish): Iterable<Owned> {
  const { listing, row } = subject;
  if (listing === undefined) {
    if (row !== undefined && context.memo.unlisted.has(subject.name))
      yield* unlistedRecords(subject, row, context);
    return;
  }
  yield* listedStatus(subject, listing, context);
  if (listing.gone) return;
  const matches = matchSlots(listing.keys, row?.slots ?? [], context.memo.report.generatedAt);
  for (const key of listing.keys) {
    const match = matches.get(key.AccessKeyId);
    const aliases =
      match === undefined
        ? []
        : [
            slotKey(context.source, subject.key, match.slot.slot),
            ...formerSlotKeys(subject, match.slot.slot, context),
          ];
    yield* listedKey(subject.key, key, match?.certain === true ? match.slot : undefined, aliases, context);
  }
}

/**
 * A user whose keys could not be listed now, and were once. What that listing said of statuses would outrank the
 * report, which is newer: so it is the report's word that stands here, as far as it has one.
 */
function* unlistedRecords(subject: Subject, row: ReportRow, context: Finish): Iterable<Owned> {
  const { byId, present } = keysKnown(subject, row, context);
  if (byId.length === 0) return;
  const reported = statusOf(row);
  // A key made since an old report was may be active: that report cannot say disabled.
  yield accountStatus(subject, reported === "disabled" && !isFresh(context.memo) ? "unknown" : reported);
  for (const key of byId) {
    const record = node("Credential", "AwsAccessKey", key, {
      name: parseKey(key).id,
      credentialType: "accessKey",
      status: statusBySlots(row, present, byId, context.memo),
    });
    // The rest is as it was listed.
    const unsure = ["createdAt", "rotatedAt", "lastUsedAt", "lastUsedService", "lastUsedRegion"];
    yield { stream: KEYS, record: unsureOf(record, unsure) };
  }
}

/**
 * Users with keys in the graph whom a whole read of the users does not know any more. Where their keys' listing is
 * not whole, what it once said of them stays, and must not keep them alive.
 */
function* goneHolders(context: Finish, subjects: readonly Subject[]): Iterable<Owned> {
  const { memo, source, verdicts } = context;
  const isWhole = verdicts.get(AUTHORIZATION) === "complete" && knowsAllUsers(memo);
  if (memo.unlisted.size === 0 || !isWhole) return;
  const there = new Set(subjects.flatMap(({ key, reportKey }) => [key, reportKey]));
  for (const [key, credentials] of memo.knownCredentials) {
    if (there.has(key) || !key.startsWith(userKey(source, ""))) continue;
    if (!credentials.some((one) => one.startsWith(accessKeyKey(source, "")) && !one.includes("~"))) continue;
    yield accountStatus({ key, name: undefined }, "deleted");
  }
}

const accountStatus = (
  { key, name }: { readonly key: string; readonly name: string | undefined },
  status: AccountStatus | undefined,
): Owned => ({ stream: KEYS, record: node("Account", "AwsUser", key, { name, status }) });

/** The status of each of a user's keys that are known by id, by the report's slots, which have no ids. */
function statusBySlots(
  row: ReportRow,
  present: readonly ReportSlot[],
  byId: readonly string[],
  memo: Memo,
): "active" | "inactive" | "unknown" {
  // A key made since an old report was is in no slot of it.
  if (row.slots.every(({ active }) => active === false)) return isFresh(memo) ? "inactive" : "unknown";
  // As many slots as keys, and all active: they are the same ones.
  const allActive = present.every(({ active }) => active === true);
  return allActive && present.length === byId.length ? "active" : "unknown";
}

function* listedKey(
  holder: string,
  key: {
    readonly AccessKeyId: string;
    readonly Status?: string | undefined;
    readonly CreateDate?: string | undefined;
  },
  slot: ReportSlot | undefined,
  aliases: readonly string[],
  context: Finish,
): Iterable<Owned> {
  const credential = accessKeyKey(context.source, key.AccessKeyId);
  yield {
    stream: KEYS,
    record: node(
      "Credential",
      "AwsAccessKey",
      credential,
      {
        name: key.AccessKeyId,
        credentialType: "accessKey",
        status: key.Status === "Active" ? "active" : key.Status === "Inactive" ? "inactive" : "unknown",
        createdAt: instantOf(key.CreateDate),
        ...(slot === undefined ? {} : slotFacts(slot)),
      },
      aliases,
    ),
  };
  yield { stream: KEYS, record: edge("HAS_CREDENTIAL", holder, credential) };
}

const slotFacts = (slot: ReportSlot) => ({
  rotatedAt: slot.rotatedAt,
  lastUsedAt: slot.lastUsedAt,
  lastUsedService: slot.service,
  lastUsedRegion: slot.region,
});

function formerSlotKeys(subject: Subject, slot: number, context: Finish): readonly string[] {
  if (subject.user === undefined || subject.reportKey === undefined) return [];
  return [slotKey(context.source, subject.reportKey, slot)];
}

/** By the report alone: enabled with a password or an active key, disabled when all three are known and off. */
function statusOf(row: ReportRow): AccountStatus {
  const ways = [row.password, ...row.slots.map(({ active }) => active)];
  if (ways.includes(true)) return "enabled";
  return ways.every((way) => way === false) ? "disabled" : "unknown";
}

/**
 * What the listing of keys adds to the report's status. It says as little as it can, because its word outranks the
 * report's. Where not all keys could be listed an earlier word of it may still stand: so it is said again, and where
 * the report's own word stands, that.
 */
function* listedStatus(subject: Subject, listing: Listing, { verdicts }: Finish): Iterable<Owned> {
  const { row } = subject;
  const reported = row === undefined ? undefined : statusOf(row);
  const combined = ((): AccountStatus | undefined => {
    if (listing.gone) return "deleted";
    if (listing.keys.some(({ Status }) => Status === "Active")) return "enabled";
    if (row?.password === undefined) return undefined;
    if (row.password) return "enabled";
    return listing.keys.every(({ Status }) => Status === "Inactive") ? "disabled" : "unknown";
  })();
  if (verdicts.get(KEYS) !== "complete") yield accountStatus(subject, combined ?? reported);
  else if (combined !== undefined && combined !== reported) yield accountStatus(subject, combined);
}

/** Evidence, and no verdict: correlation to a person wins. */
function accountTypeOf(subject: Subject, row: ReportRow): Record<string, string> {
  const keys =
    subject.listing === undefined
      ? row.slots.some((slot) => slot.active === true || slot.rotatedAt !== undefined)
      : subject.listing.keys.length > 0;
  if (row.password === false && keys) {
    return { accountType: "service", accountTypeEvidence: "it has access keys and no console password" };
  }
  return { accountType: "unknown" };
}

function latest(...instants: readonly (number | undefined)[]): number | undefined {
  const knownOnes = instants.filter((instant) => instant !== undefined);
  return knownOnes.length === 0 ? undefined : Math.max(...knownOnes);
}
