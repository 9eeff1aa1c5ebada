import { z } from "zod";
import { CollectError } from "../../src/collect/index.js";
import { ACCOUNT_POLICIES, ACCOUNTS, KEYS } from "./memo.js";
import { rolesElsewhere } from "./read-roles.js";
import { type Io, iamPages, idOf, projectOf, type Read, someOf, trimmed } from "./reading.js";
import { accountShape, keyShape, policyShape } from "./shapes.js";
import { WITHOUT_ACCOUNTS } from "./whole.js";

const accountsPage = z.object({
  accounts: z.array(z.unknown()).default([]),
  nextPageToken: z.string().optional(),
});

export const readAccounts: Read = async function* (session, partition, io) {
  io.scope(ACCOUNTS);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  const path = `${idOf(project)}/serviceAccounts`;
  for await (const { answer, more } of iamPages(session, io, "iam.serviceAccounts.list", path, {
    pageSize: "100",
  })) {
    const { accounts } = accountsPage.parse(answer);
    yield { partition: partition.id, accounts: accounts.map((item) => trimmed(accountShape, item)), more };
  }
};

/** Who may act as each service account, by the account's own policy. */
export const readAccountPolicies: Read = async function* (session, partition, io) {
  io.scope(ACCOUNT_POLICIES);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  const accounts = accountsToAsk(io);
  const whole = yield* someOf(accounts, "policies of service accounts", io, async ({ email, uniqueId }) => {
    const path = `${idOf(project)}/serviceAccounts/${encodeURIComponent(email)}:getIamPolicy`;
    const answer = await io.call("iam.serviceAccounts.getIamPolicy", (signal) =>
      session.iam("iam.serviceAccounts.getIamPolicy", {
        method: "POST",
        path,
        query: { "options.requestedPolicyVersion": "3" },
        signal,
      }),
    );
    const policy = policyShape.parse(answer);
    const unknown = policy.bindings.flatMap(({ role }) =>
      role.startsWith("organizations/") && !io.memo.roles.has(role) ? [role] : [],
    );
    const roles = await rolesElsewhere(session, unknown, io);
    return {
      partition: partition.id,
      account: { email, uniqueId },
      policy,
      ...(roles.length === 0 ? {} : { roles }),
    };
  });
  io.memo.accountPoliciesRead = whole && io.memo.accountsWhole;
};

const keysPage = z.object({ keys: z.array(z.unknown()).default([]) });

/** Keys that people made: Google's own are never in anybody's hands. The list has no pages. */
export const readKeys: Read = async function* (session, partition, io) {
  io.scope(KEYS);
  const project = projectOf(session, partition);
  if (project === undefined) return;
  yield* someOf(accountsToAsk(io), "keys of service accounts", io, async ({ email, uniqueId }) => {
    const path = `${idOf(project)}/serviceAccounts/${encodeURIComponent(email)}/keys`;
    const answer = await io.call("iam.serviceAccounts.keys.list", (signal) =>
      session.iam("iam.serviceAccountKeys.list", { path, query: { keyTypes: "USER_MANAGED" }, signal }),
    );
    const { keys } = keysPage.parse(answer);
    return {
      partition: partition.id,
      account: { email, uniqueId },
      keys: keys.map((item) => trimmed(keyShape, item)),
    };
  });
};

/** Where the list of accounts is not whole, converting says so with each page; without a page nobody would. */
function accountsToAsk({ memo }: Io): readonly { readonly email: string; readonly uniqueId: string }[] {
  if (!memo.accountsWhole && memo.accounts.size === 0)
    throw new CollectError({ kind: "fatal", message: WITHOUT_ACCOUNTS }, WITHOUT_ACCOUNTS);
  return [...memo.accounts].map(([email, uniqueId]) => ({ email, uniqueId }));
}
