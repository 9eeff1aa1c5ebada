import { comparableName, type Mailbox } from "./mailbox.js";
import type { PersonFacts } from "./persons.js";
import { userNamesOf } from "./user-names.js";

/** Finds persons by what other systems call them. Sets of person keys; empty where nobody is meant. */
export class PersonIndex {
  readonly #mailbox: Mailbox;
  readonly #byKey = new Map<string, string>();
  readonly #byMailbox = new Map<string, Set<string>>();
  readonly #byWorkerId = new Map<string, Set<string>>();
  readonly #bySourceAndWorkerId = new Map<string, Set<string>>();
  readonly #byName = new Map<string, Set<string>>();

  constructor(persons: readonly PersonFacts[], mailbox: Mailbox) {
    this.#mailbox = mailbox;
    for (const person of persons) {
      this.#byKey.set(person.key, person.key);
      for (const alias of person.aliases) if (!this.#byKey.has(alias)) this.#byKey.set(alias, person.key);
      for (const email of person.emails) {
        const box = mailbox(email);
        if (box !== undefined) add(this.#byMailbox, box, person.key);
      }
      if (person.universalId !== undefined)
        add(this.#byWorkerId, comparableId(person.universalId), person.key);
      for (const { name, source, workerId } of person.employments) {
        add(this.#byWorkerId, comparableId(workerId), person.key);
        add(this.#bySourceAndWorkerId, `${source}|${comparableId(workerId)}`, person.key);
        if (name !== undefined) add(this.#byName, comparableName(name), person.key);
      }
    }
  }

  /** The person of a key, also of a former one. */
  byKey(key: string): string | undefined {
    return this.#byKey.get(key);
  }

  byMailboxes(boxes: readonly string[]): ReadonlySet<string> {
    const found = new Set<string>();
    for (const box of boxes) for (const person of this.#byMailbox.get(box) ?? []) found.add(person);
    return found;
  }

  byEmail(address: string): ReadonlySet<string> {
    const box = this.#mailbox(address);
    return box === undefined ? new Set() : this.byMailboxes([box]);
  }

  /** By worker id or universal id. */
  byWorkerId(id: string): ReadonlySet<string> {
    return this.#byWorkerId.get(comparableId(id)) ?? new Set();
  }

  /** By worker id of one HR source. */
  byWorkerIdIn(source: string, id: string): ReadonlySet<string> {
    return this.#bySourceAndWorkerId.get(`${source}|${comparableId(id)}`) ?? new Set();
  }

  byName(name: string): ReadonlySet<string> {
    return this.#byName.get(comparableName(name)) ?? new Set();
  }
}

/** Persons by the user names that the patterns give them, under each name and worker id they have had. */
export function userNameIndex(
  persons: readonly PersonFacts[],
  patterns: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const pattern of patterns)
    for (const person of persons)
      for (const { name, workerId } of person.employments)
        for (const made of userNamesOf(pattern, name, workerId)) add(found, made, person.key);
  return found;
}

function comparableId(id: string): string {
  return id.trim().toLowerCase();
}

function add(index: Map<string, Set<string>>, id: string, person: string): void {
  const known = index.get(id);
  if (known === undefined) index.set(id, new Set([person]));
  else known.add(person);
}
