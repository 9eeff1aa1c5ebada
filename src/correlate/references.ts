import { isRef, parseKey } from "../model/index.js";
import type { Mailbox } from "./mailbox.js";

/** Something real that a reference may mean. */
export interface Referable {
  readonly key: string;
  readonly aliases: readonly string[];
}

/** SAME_AS from what is real to the reference by which another system's policy names it. */
export interface Tie {
  readonly real: string;
  readonly reference: string;
  readonly rule: "arn" | "accountId" | "email" | "name";
  readonly evidence: string;
}

/**
 * Ties references to the identities they mean, by the names those have. One reference may mean one identity that
 * two sources describe; then both are tied. `Referable`s are looked at once, so they can be streamed; memory is
 * that of the references.
 */
export class ReferenceTies {
  readonly #mailbox: Mailbox;
  /** References by what they are looked up by: `arn|…`, `account|…`, `mail|…`, `name|…`. */
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
    if (kind === "aws-account") this.#tie(one.key, `account|${id}`, "accountId", `account id ${id}`);
    for (const alias of one.aliases) {
      this.#tie(one.key, `arn|${alias}`, "arn", `ARN ${alias}`);
      this.#tie(one.key, `name|${alias}`, "name", `name ${alias}`);
      const box = this.#mailbox(alias);
      if (box !== undefined) this.#tie(one.key, `mail|${box}`, "email", `e-mail ${box}`);
    }
  }

  ties(): readonly Tie[] {
    return [...this.#ties].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, tie]) => tie);
  }

  #tie(real: string, name: string, rule: Tie["rule"], evidence: string): void {
    for (const reference of this.#wanted.get(name) ?? []) {
      const id = `${real}|${reference}`;
      if (!this.#ties.has(id)) this.#ties.set(id, { real, reference, rule, evidence });
    }
  }

  #nameOf(reference: string): string | undefined {
    if (!isRef(reference)) return undefined;
    const { kind, id } = parseKey(reference);
    if (kind === "aws-arn") return `arn|${id}`;
    if (kind === "aws-account") return `account|${id}`;
    if (kind === "email") return `mail|${this.#mailbox(id) ?? id}`;
    // `user:ann@x.example`, `group:…`, `serviceAccount:…` of Google's policies.
    const box = kind === "google-member" ? this.#mailbox(id.slice(id.indexOf(":") + 1)) : undefined;
    return box === undefined ? `name|${id}` : `mail|${box}`;
  }
}
