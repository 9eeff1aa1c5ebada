/** Which mailbox an address means: equal text, equal mailbox. */
export type Mailbox = (address: string) => string | undefined;

export interface MailboxOptions {
  /** `ann+aws@x.example` is `ann@x.example`. */
  readonly plusAddresses: boolean;
  /** Domains that mean the same mailbox; the first stands for all. */
  readonly domains: readonly string[];
}

/**
 * Makes the function that brings addresses to one form: trimmed, lower case, the tag behind `+` taken off where
 * the company uses such tags, the company's domains made one. `undefined` for what is no address.
 */
export function mailboxOf(options: MailboxOptions): Mailbox {
  const domains = options.domains.map((domain) => domain.trim().toLowerCase().replace(/^@/, ""));
  const same = new Set(domains);
  return (address) => {
    const text = address.trim().toLowerCase();
    const split = text.lastIndexOf("@");
    if (split < 1 || split === text.length - 1 || /\s/.test(text)) return undefined;
    const plus = text.indexOf("+");
    const local = text.slice(0, options.plusAddresses && plus > 0 && plus < split ? plus : split);
    const domain = text.slice(split + 1);
    return `${local}@${same.has(domain) ? (domains[0] ?? domain) : domain}`;
  };
}

/** A name as it is compared: one Unicode form, one case, single spaces. */
export function comparableName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}
