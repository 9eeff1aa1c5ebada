import type { FinishContext, RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import type { WorkspaceConfig } from "./config.js";
import { type Context, NOT_UNDERSTOOD } from "./convert-directory.js";
import { isWhole, lackOf, type Memo } from "./memo.js";
import { clientKey, mailboxDelegateKey, mailboxKey, memberRef, skuKey, tokenKey, userKey } from "./names.js";
import { assessScopes } from "./privilege.js";
import { edge, node } from "./records.js";
import {
  delegateShape,
  delegatesPage,
  entryOf,
  licenseShape,
  licensesPage,
  tokenShape,
  tokensPage,
} from "./shapes.js";

/** Applications that a user let in. The applications themselves come in `tokenClients`, because many users name one. */
export function* convertTokens(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = tokensPage.parse(raw);
  const user = userKey(source, page.userId);
  for (const [at, entry] of page.items.entries()) {
    const token = entryOf(tokenShape, entry);
    if (token === undefined) {
      context.reject(`token ${at + 1} of a user`, NOT_UNDERSTOOD);
      continue;
    }
    // Applications that are not registered with Google may share one client id, and differ by what they call themselves.
    const clientId =
      token.anonymous === true ? `${token.clientId}/${token.displayText ?? ""}` : token.clientId;
    const client = memo.clients.get(clientId);
    memo.clients.set(clientId, {
      name: smaller(client?.name, token.displayText || undefined),
      anonymous: either(client?.anonymous, token.anonymous),
      nativeApp: either(client?.nativeApp, token.nativeApp),
    });
    const key = tokenKey(source, page.userId, clientId);
    const { privilege, why } = assessScopes(token.scopes);
    yield node("OAuthGrant", "WorkspaceToken", key, {
      name: token.displayText || token.clientId,
      clientId: token.clientId,
      scopes: [...new Set(token.scopes)].sort(),
      consentType: "user",
      privilege,
      privilegeWhy: why,
      anonymous: token.anonymous,
      nativeApp: token.nativeApp,
    });
    yield edge("CONSENTED", user, key);
    yield edge("TO", key, clientKey(source, clientId));
  }
}

/** An application is called the same in every read, whoever of its users is listed first. */
const smaller = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b < a) ? b : a;
const either = (a: boolean | undefined, b: boolean | undefined) =>
  a === true || b === true ? true : (a ?? b);

export function* tokenClients({ source, memo }: FinishContext<WorkspaceConfig, Memo>): Iterable<GraphRecord> {
  for (const [id, { name, anonymous, nativeApp }] of memo.clients) {
    const clientId = anonymous === true ? id.slice(0, id.indexOf("/")) : id;
    yield node("Application", "WorkspaceClient", clientKey(source, id), {
      name: name ?? clientId,
      clientId,
      anonymous,
      nativeApp,
    });
  }
}

export function* convertLicenses(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, config, memo } = context;
  const page = licensesPage.parse(raw);
  if (page.unavailable) {
    const text = `Google knows no product ${page.productId} for this customer`;
    if (config.products === undefined) context.note(text);
    else context.partial(`${text}: correct \`products\` in the configuration`);
    return;
  }
  for (const [at, entry] of page.items.entries()) {
    const license = entryOf(licenseShape, entry);
    if (license === undefined) {
      context.reject(`licence ${at + 1} of a page`, NOT_UNDERSTOOD);
      continue;
    }
    const productId = license.productId ?? page.productId;
    const key = skuKey(source, productId, license.skuId);
    yield node("License", "WorkspaceLicense", key, {
      name: license.skuName || license.skuId,
      productId,
      skuId: license.skuId,
      sku: license.skuName || license.skuId,
      ...config.seatCosts[license.skuId],
    });
    // The user's primary address, as long as it is that; the id is not given.
    const user = memo.addresses.get(license.userId.toLowerCase());
    if (user === undefined && !isWhole(memo.userList)) {
      context.partial(`whose seats are used is not known, because ${lackOf("user", memo.userList)}`);
      continue;
    }
    yield edge("USES_SEAT", user ?? memberRef("user", license.userId), key);
  }
}

/** Whoever may read and send a user's mail in their place. Only an accepted delegate can. */
export function* convertDelegates(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source, memo } = context;
  const page = delegatesPage.parse(raw);
  const holders = new Set<string>(page.closed ? page.known : []);
  for (const [at, entry] of page.delegates.entries()) {
    const delegate = entryOf(delegateShape, entry);
    if (delegate === undefined) {
      context.reject(`delegate ${at + 1} of a mailbox`, NOT_UNDERSTOOD);
      continue;
    }
    if (delegate.verificationStatus !== undefined && delegate.verificationStatus !== "accepted") continue;
    const { delegateEmail } = delegate;
    const known = memo.addresses.get(delegateEmail.toLowerCase());
    // A delegate may be a group. What the lists lack would be taken for somebody outside.
    if (known === undefined && !(isWhole(memo.userList) && isWhole(memo.groupList))) {
      const lack = isWhole(memo.userList) ? lackOf("group", memo.groupList) : lackOf("user", memo.userList);
      context.partial(`who a delegate is is not known, because ${lack}`);
      continue;
    }
    holders.add(known ?? memberRef("user", delegateEmail));
  }
  if (holders.size === 0) return;
  const email = memo.users.get(page.userId)?.email;
  const owner = userKey(source, page.userId);
  const mailbox = mailboxKey(source, page.userId);
  const entitlement = mailboxDelegateKey(source, page.userId);
  const whose = email ?? page.userId;
  yield node("Resource", "WorkspaceMailbox", mailbox, { name: `mailbox of ${whose}`, email });
  yield edge("OWNED_BY", mailbox, owner, { basis: "declared", evidence: "the user's own mailbox" });
  yield node("Entitlement", "WorkspaceMailboxDelegate", entitlement, {
    name: `mail delegate of ${whose}`,
    privilege: "write",
    privilegeWhy: "may read, send and delete mail",
  });
  yield edge("ON", entitlement, mailbox);
  for (const holder of [...holders].sort()) yield edge("HAS_ENTITLEMENT", holder, entitlement);
}
