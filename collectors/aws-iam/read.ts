import {
  GenerateCredentialReportCommand,
  GetAccountAuthorizationDetailsCommand,
  GetAccountSummaryCommand,
  GetCredentialReportCommand,
  type IAMClient,
  ListAccessKeysCommand,
} from "@aws-sdk/client-iam";
import { CollectError, type Partition, type RawPage, type ReadContext } from "../../src/collect/index.js";
import { ReportNotReady, type Session } from "./client.js";
import type { AwsIamConfig } from "./config.js";
import { rowsCanBeTied } from "./convert-report.js";
import { rateLimit } from "./limits.js";
import { isFresh, type Memo, type ReportRow } from "./memo.js";
import { reportUserKey, sameSecond, userKey } from "./names.js";
import type { InGraph } from "./shapes.js";
import { withoutOtherTags } from "./trim.js";

type Io = ReadContext<AwsIamConfig, Memo>;

/** What the SDK answered, as the command line would print it: instants in ISO 8601, no metadata. */
function printed(
  answer: { readonly $metadata?: unknown },
  extra: Readonly<Record<string, unknown>>,
): RawPage {
  const { $metadata: _, ...output } = answer;
  const page: unknown = JSON.parse(JSON.stringify({ ...extra, ...output }));
  return page;
}

export async function* readAuthorization(
  session: Session,
  partition: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  const client = session.client(partition.id);
  io.scope("users", "groups", "roles", "policies");
  const pages = io.pages("iam:GetAccountAuthorizationDetails", async (cursor, signal) => {
    const answer = await client.send(
      new GetAccountAuthorizationDetailsCommand({
        MaxItems: 1000,
        ...(cursor === undefined ? {} : { Marker: cursor }),
      }),
      { abortSignal: signal },
    );
    if (answer.IsTruncated === true && !answer.Marker) throw noMarker("GetAccountAuthorizationDetails");
    // After the first answer: a moment late is the safe side, because then more keys are asked for.
    io.memo.authorization.startedAt ??= session.awsTime(partition.id);
    return {
      page: printed(withoutOtherTags(answer, io.config), { AccountId: partition.id }),
      next: answer.IsTruncated === true ? answer.Marker : undefined,
    };
  });
  yield* pages;
}

/** Every round is the engine's tries of one call with its pauses: some four minutes in all. */
const REPORT_ROUNDS = 10;

export async function* readReport(session: Session, partition: Partition, io: Io): AsyncIterable<RawPage> {
  const client = session.client(partition.id);
  io.scope("report");
  const inGraph = await lookAtGraph(partition, io);
  for (let round = 1; ; round++) {
    await generateReport(client, io);
    try {
      const { Content, ...answer } = await io.call("iam:GetCredentialReport", (signal) =>
        client.send(new GetCredentialReportCommand({}), { abortSignal: signal }),
      );
      if (answer.GeneratedTime !== undefined) io.dataTime(answer.GeneratedTime.getTime());
      const { startedAt } = io.memo.authorization;
      yield printed(answer, {
        AccountId: partition.id,
        Content: Buffer.from(Content ?? new Uint8Array()).toString("base64"),
        ...(startedAt === undefined ? {} : { UsersReadFrom: new Date(startedAt).toISOString() }),
        ...inGraph,
      });
      return;
    } catch (error) {
      // The report expired, or was never made, between the two calls.
      const gone = error instanceof CollectError && error.failure.kind === "notFound";
      if (!gone || round >= REPORT_ROUNDS) throw error;
    }
  }
}

async function generateReport(client: IAMClient, io: Io): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await io.call("iam:GenerateCredentialReport", async (signal) => {
        const { State } = await client.send(new GenerateCredentialReportCommand({}), { abortSignal: signal });
        if (State !== "COMPLETE") throw new ReportNotReady();
      });
      return;
    } catch (error) {
      const waiting = error instanceof CollectError && error.cause instanceof ReportNotReady;
      if (!waiting || round >= REPORT_ROUNDS) throw error;
    }
  }
}

/**
 * What the graph holds of this account: keys must be asked for where one was known. It goes into the page, so that a
 * recording says it too.
 */
async function lookAtGraph(partition: Partition, io: Io): Promise<InGraph> {
  const { known, memo, source } = io;
  const KnownCredentials: Record<string, string[]> = {};
  for (const { from, to } of await known.edges("HAS_CREDENTIAL", partition.id)) {
    KnownCredentials[from] ??= [];
    if (!KnownCredentials[from].includes(to)) KnownCredentials[from].push(to);
  }
  const holdsUser = (edges: readonly { readonly from: string }[]) =>
    edges.some(({ from }) => from.startsWith(`${source}/aws-user/`));
  let GraphHasUsers = Object.keys(KnownCredentials).some((from) => from.startsWith(`${source}/aws-user/`));
  // Only needed, and only then worth the look, where the users could not be read.
  for (const type of ["HAS_ENTITLEMENT", "MEMBER_OF"] as const) {
    if (memo.authorization.complete || GraphHasUsers) break;
    GraphHasUsers = holdsUser(await known.edges(type, partition.id));
  }
  return { GraphHasUsers, KnownCredentials };
}

/** How many users may fail, before any was listed, until it is clear that nobody's keys can be. */
const HOPELESS = 3;

/**
 * Lists the keys of every user who may have one. A user whom neither a report made after the users were read nor the
 * graph knows to have had a key needs no call. Whose keys should have been listed and were not is said as well, user
 * by user and also where nobody's could be: an earlier listing is then older than the report.
 */
export async function* readAccessKeys(
  session: Session,
  partition: Partition,
  io: Io,
): AsyncIterable<RawPage> {
  const client = session.client(partition.id);
  const { memo } = io;
  io.scope("access-keys");
  const names = namesToList(io);
  if (!memo.authorization.complete && !(isFresh(memo) && rowsCanBeTied(memo))) {
    const reason = "not every user is known, because account-authorization was not read to its end";
    if (names.length === 0) throw new CollectError({ kind: "fatal", message: reason }, reason);
    io.partial(reason);
  }
  let listed = 0;
  let first: CollectError | undefined;
  const unlisted = new Set(names);
  for (let at = 0; at < names.length; at += rateLimit.concurrency) {
    const batch = names.slice(at, at + rateLimit.concurrency);
    const answers = await Promise.all(batch.map((name) => listKeys(client, name, io)));
    let isOver = false;
    for (const [index, answer] of answers.entries()) {
      const name = batch[index] ?? "";
      if (answer instanceof CollectError) {
        if (answer.failure.kind === "aborted") throw answer;
        isOver ||= answer.failure.kind === "unauthenticated";
        first ??= answer;
        continue;
      }
      unlisted.delete(name);
      listed += 1;
      yield { AccountId: partition.id, UserName: name, ...answer };
    }
    if (isOver || (listed === 0 && at + batch.length >= HOPELESS && first !== undefined)) break;
    io.log.progress(`${io.source}: access keys of ${partition.id}`, at + batch.length, "users", names.length);
  }
  if (first === undefined) return;
  // Without a report there is no newer word than that of the last listing.
  if (listed === 0 && !memo.report.seen) throw first;
  for (const name of unlisted) {
    yield { AccountId: partition.id, UserName: name, NotListed: true, AccessKeyMetadata: [] };
  }
  const permission = first.failure.kind === "denied" ? ` (${first.failure.permission} is missing)` : "";
  io.partial(
    `the keys of ${unlisted.size} of ${names.length} users could not be listed${permission}: ${first.message}`,
  );
}

type Listed = { readonly AccessKeyMetadata: readonly unknown[]; readonly UserIsGone?: boolean };

async function listKeys(client: IAMClient, name: string, io: Io): Promise<Listed | CollectError> {
  const keys: unknown[] = [];
  try {
    const pages = io.pages("iam:ListAccessKeys", async (cursor, signal) => {
      const answer = await client.send(
        new ListAccessKeysCommand({ UserName: name, ...(cursor === undefined ? {} : { Marker: cursor }) }),
        { abortSignal: signal },
      );
      if (answer.IsTruncated === true && !answer.Marker) throw noMarker("ListAccessKeys");
      return {
        page: answer.AccessKeyMetadata ?? [],
        next: answer.IsTruncated === true ? answer.Marker : undefined,
      };
    });
    for await (const page of pages) {
      for (const { UserName, AccessKeyId, Status, CreateDate } of page) {
        keys.push({ UserName, AccessKeyId, Status, CreateDate: CreateDate?.toISOString() });
      }
    }
    return { AccessKeyMetadata: keys };
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    if (error.failure.kind === "notFound") return { AccessKeyMetadata: [], UserIsGone: true };
    return error;
  }
}

/** Users who may have a key, by name. */
function namesToList(io: Io): readonly string[] {
  const { memo, source } = io;
  const fresh = isFresh(memo);
  const rows = new Map<string, ReportRow>();
  for (const row of memo.rows) if (!row.root && row.name !== "") rows.set(row.arn, row);
  const names = new Set<string>();
  for (const user of memo.users.values()) {
    const row = rows.get(user.arn);
    const known = [userKey(source, user.id)];
    if (row !== undefined) known.push(reportUserKey(source, row.arn, row.createdAt));
    const mayHaveKeys =
      !fresh ||
      row === undefined ||
      (user.createdAt !== undefined &&
        row.createdAt !== undefined &&
        !sameSecond(user.createdAt, row.createdAt)) ||
      row.slots.some((slot) => slot.active !== false || slot.rotatedAt !== undefined) ||
      known.some((key) => memo.knownCredentials.has(key));
    if (mayHaveKeys) names.add(user.name);
    rows.delete(user.arn);
  }
  // Users that only the report knows: AWS's answer also says whether they are still there.
  if (rowsCanBeTied(memo)) for (const row of rows.values()) names.add(row.name);
  return [...names].sort();
}

export async function* readSummary(session: Session, partition: Partition, io: Io): AsyncIterable<RawPage> {
  const client = session.client(partition.id);
  const answer = await io.call("iam:GetAccountSummary", (signal) =>
    client.send(new GetAccountSummaryCommand({}), { abortSignal: signal }),
  );
  yield printed(answer, { AccountId: partition.id });
}

function noMarker(operation: string): CollectError {
  const message = `iam:${operation} says that more follows and not where`;
  return new CollectError({ kind: "fatal", message }, message);
}
