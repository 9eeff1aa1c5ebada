import { domainOf } from "./names.js";
import { userShape } from "./shapes.js";

/** A user without what is nobody's business here: addresses outside the company's own domains, and ids of other kinds. */
export function withoutPrivate(entry: unknown, domains: ReadonlySet<string>): unknown {
  const parsed = userShape.safeParse(entry);
  if (!parsed.success) return entry;
  const user = parsed.data;
  return {
    ...user,
    emails: user.emails.filter(({ address }) => domains.has(domainOf(address) ?? "")),
    externalIds: user.externalIds.filter(({ type }) => type === "organization"),
  };
}
