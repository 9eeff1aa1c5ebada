import { refKey } from "../../src/model/index.js";
import type { AwsIamConfig } from "./config.js";
import type { Principal } from "./memo.js";

/** AWS tag values hold no commas; people part addresses with spaces, slashes or colons. */
const EMAIL = /[a-z0-9.!#$%&'*+=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+/gi;

export function emailsIn(text: string): readonly string[] {
  return [...text.matchAll(EMAIL)].map(([email]) => email.toLowerCase());
}

const tagged = (principal: Principal, names: readonly string[]) => {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  return principal.tags.filter(({ name, value }) => wanted.has(name.toLowerCase()) && value.trim() !== "");
};

/** A user's own addresses: from its tags, and its name where that is one. Lower case, no duplicates. */
export function emailsOf(principal: Principal, config: AwsIamConfig): readonly string[] {
  const found = tagged(principal, config.emailTags).flatMap(({ value }) => emailsIn(value));
  const [asName] = emailsIn(principal.name);
  if (asName === principal.name.toLowerCase()) found.push(asName);
  return [...new Set(found)];
}

export interface OwnerTag {
  /** `ref/email/…` for an address, `ref/owner-tag/…` for anything else: correlation finds out who that is. */
  readonly to: string;
  readonly evidence: string;
}

export function ownersOf(principal: Principal, names: readonly string[]): readonly OwnerTag[] {
  const owners = new Map<string, OwnerTag>();
  for (const { name, value } of tagged(principal, names)) {
    const emails = emailsIn(value);
    const targets =
      emails.length > 0 ? emails.map((email) => refKey("email", email)) : [refKey("owner-tag", value.trim())];
    for (const to of targets) if (!owners.has(to)) owners.set(to, { to, evidence: `tag ${name}=${value}` });
  }
  return [...owners.values()];
}
