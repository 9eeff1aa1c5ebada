import { isRef, parseKey } from "../model/index.js";
import type { Mailbox } from "./mailbox.js";

/** Something real that a reference may mean. */
export interface Referable {
  readonly key: string;
  readonly provider: string | undefined;
  readonly aliases: readonly string[];
}

/** What a reference and what it means have in common. */
export type TieRule = "arn" | "accountId" | "email" | "member" | "oidc" | "objectId" | "name";

/** SAME_AS from what is real to the reference by which another system's policy names it. */
export interface Tie {
  readonly real: string;
  readonly reference: string;
  readonly rule: TieRule;
  readonly evidence: string;
}

/** Forms of names: each is answered by its own system only. */
type Form = "arn" | "account" | "mail" | "user" | "group" | "member" | "oidc" | "object" | "name";

/** Prefixes of aliases that say how they are to be read: docs/crossing.md. */
const OIDC = "oidc:";
const OBJECT = "entra-object:";

/**
 * Ties references to the identities they mean, by the names those have. One reference may mean one identity that
 * two sources describe; then both are tied. `Referable`s are looked at once, so they can be streamed; memory is
 * that of the references.
 */
export class ReferenceTies {
  readonly #mailbox: Mailbox;
  /** References by form and name. */
  readonly #wanted = new Map<string, string[]>();
  readonly #ties = new Map<string, Tie>();

  constructor(references: Iterable<string>, mailbox: Mailbox) {
    this.#mailbox = mailbox;
    for (const reference of references) {
      const name = this.#nameOf(reference);
      if (name === undefined) continue;
      const list = this.#wanted.get(name);
      if (list === undefined) this.#wanted.set(name, [reference]);
      else list.push(reference);
    }
  }

  get size(): number {
    return this.#wanted.size;
  }

  look(one: Referable): void {
    if (isRef(one.key)) return;
    const { kind, id } = parseKey(one.key);
    if (kind === "aws-account") this.#tie(one.key, "account", id, "accountId", `account id ${id}`);
    for (const alias of one.aliases) {
      this.#tie(one.key, "arn", alias, "arn", `ARN ${alias}`);
      this.#tie(one.key, "name", alias, "name", `name ${alias}`);
      if (alias.startsWith(OIDC)) {
        const token = alias.slice(OIDC.length);
        this.#tie(one.key, "oidc", token, "oidc", `issuer and subject ${token}`);
      }
      if (alias.startsWith(OBJECT)) {
        const object = alias.slice(OBJECT.length);
        this.#tie(one.key, "object", object, "objectId", `object id ${object}`);
      }
      this.#lookAsGoogle(one, alias);
      const box = this.#mailbox(alias);
      if (box !== undefined) this.#tie(one.key, "mail", box, "email", `e-mail ${box}`);
    }
  }

  /**
   * A member of a Google policy is a Google identity, whoever else has the address. Google delivers `ann+tag@` to `ann@`
   * and takes it for no name of the account, so nothing is folded but the case.
   * https://cloud.google.com/iam/docs/principal-identifiers
   */
  #lookAsGoogle({ key, provider }: Referable, alias: string): void {
    if (provider === undefined || !/^(Google|Workspace)/.test(provider)) return;
    this.#tie(key, "member", alias, "member", `Google's name ${alias}`);
    const address = alias.toLowerCase();
    if (provider === "WorkspaceUser")
      this.#tie(key, "user", address, "member", `address of the Google account ${address}`);
    if (provider === "WorkspaceGroup")
      this.#tie(key, "group", address, "member", `address of the Google group ${address}`);
  }

  ties(): readonly Tie[] {
    return [...this.#ties].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tie]) => tie);
  }

  #tie(real: string, form: Form, name: string, rule: TieRule, evidence: string): void {
    for (const reference of this.#wanted.get(`${form}|${name}`) ?? []) {
      const id = `${real}|${reference}`;
      if (!this.#ties.has(id)) this.#ties.set(id, { real, reference, rule, evidence });
    }
  }

  #nameOf(reference: string): string | undefined {
    if (!isRef(reference)) return undefined;
    const { kind, id } = parseKey(reference);
    const named = (form: Form, name: string) => `${form}|${name}`;
    switch (kind) {
      case "aws-arn":
        return named("arn", withoutSession(id));
      case "aws-account":
        return named("account", id);
      case "aws-federated":
        // Whoever may use a provider is no other name of it.
        return undefined;
      case "email":
        return named("mail", this.#mailbox(id) ?? id);
      case "google-member":
        return memberName(id, named);
      case "oidc":
        return named("oidc", id);
      case "entra-object":
        return named("object", id);
      default:
        return named("name", id);
    }
  }
}

/** `user:ann@x.example`, `group:…`; all others are compared as they are: `serviceAccount:…`, `domain:…`, `deleted:…`. */
function memberName(member: string, named: (form: Form, name: string) => string): string {
  const address = /^(user|group):(.+)$/.exec(member);
  const [, type, name = ""] = address ?? [];
  return type === "user" || type === "group" ? named(type, name.toLowerCase()) : named("member", member);
}

/**
 * Whoever may assume a role may give the session any name, so a session means its role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-role-session
 */
function withoutSession(arn: string): string {
  return /^(arn:[a-z0-9-]+:sts::\d+:assumed-role\/[^/]+)\/.+$/.exec(arn)?.[1] ?? arn;
}
