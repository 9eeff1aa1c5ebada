import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { InputError, messageOf } from "../model/index.js";
import type { Mailbox } from "./mailbox.js";
import type { PersonIndex } from "./person-index.js";

/** One line of the mapping file: whose account, or whose software, something is. */
export interface MappingLine {
  readonly line: number;
  readonly account: string;
  readonly person: string;
}

/** What a line may speak of: an account, or an identity of software (then the person is its owner). */
export interface Mappable {
  readonly key: string;
  readonly isAccount: boolean;
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly aliases: readonly string[];
}

export interface MappingProblem {
  readonly line: number;
  readonly reason: string;
}

export interface ResolvedMapping {
  /** Persons by account key; two where two lines disagree. */
  readonly accounts: ReadonlyMap<string, { readonly persons: readonly string[]; readonly evidence: string }>;
  /** Owners by the key of an identity of software. */
  readonly owners: ReadonlyMap<string, { readonly persons: readonly string[]; readonly evidence: string }>;
  readonly problems: readonly MappingProblem[];
}

const csvLines = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }));
type CsvLine = z.infer<typeof csvLines>[number];

/** Reads the file of `correlate.mapping`. InputError where it cannot be read or lacks a column. */
export async function readMapping(file: string): Promise<readonly MappingLine[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw wrong(file, messageOf(error), error);
  }
  return parseMapping(text, file);
}

export function parseMapping(text: string, file: string): readonly MappingLine[] {
  let records: readonly CsvLine[];
  try {
    const parsed: unknown = parse(text, {
      bom: true,
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
    records = csvLines.parse(parsed);
  } catch (error) {
    throw wrong(file, messageOf(error), error);
  }
  const header = records[0]?.record.map((name) => name.toLowerCase()) ?? [];
  const account = header.indexOf("account");
  const person = header.indexOf("person");
  if (account < 0 || person < 0)
    throw wrong(file, "its first line does not name the columns account and person");
  return records.slice(1).map(({ record, info }) => ({
    line: info.lines,
    account: record[account] ?? "",
    person: record[person] ?? "",
  }));
}

function wrong(file: string, why: string, cause?: unknown): InputError {
  return new InputError({
    what: `The mapping file ${file} cannot be used: ${why}.`,
    means: "Nothing was linked, because the file wins over every other rule.",
    fix: "correlate.mapping names a CSV with the columns account and person.",
    cause,
  });
}

/** Ties lines to what they speak of. A line that matches nothing, or twice, is a problem and says nothing. */
export function resolveMapping(
  lines: readonly MappingLine[],
  mappables: Iterable<Mappable>,
  persons: PersonIndex,
  mailbox: Mailbox,
): ResolvedMapping {
  const byName = named(lines, mappables, mailbox);
  const accounts = new Map<string, { persons: string[]; evidence: string }>();
  const owners = new Map<string, { persons: string[]; evidence: string }>();
  const problems: MappingProblem[] = [];
  for (const { line, account, person } of lines) {
    const subjects = byName(account);
    const people = personsCalled(person, persons);
    const [subject, anotherSubject] = subjects;
    const [who, somebodyElse] = people;
    if (subject === undefined) problems.push({ line, reason: "no account is called that" });
    else if (anotherSubject !== undefined)
      problems.push({ line, reason: `${subjects.length} accounts are called that: use the key or the ARN` });
    else if (who === undefined) problems.push({ line, reason: "no person has that worker id or e-mail" });
    else if (somebodyElse !== undefined)
      problems.push({ line, reason: `${people.length} persons have that worker id or e-mail` });
    else {
      const found = subject.isAccount ? accounts : owners;
      const known = found.get(subject.key);
      if (known === undefined)
        found.set(subject.key, { persons: [who], evidence: `mapping file, line ${line}` });
      else if (!known.persons.includes(who)) {
        known.persons.push(who);
        known.evidence += ` and ${line}`;
        if (subject.isAccount)
          problems.push({ line, reason: "an earlier line gives that account to somebody else" });
      }
    }
  }
  return { accounts, owners, problems };
}

/** Looks names up in the order key, other name (ARN), user name, e-mail; only names that a line asks for are kept. */
function named(
  lines: readonly MappingLine[],
  mappables: Iterable<Mappable>,
  mailbox: Mailbox,
): (name: string) => readonly Mappable[] {
  const wanted = new Set(lines.map(({ account }) => account));
  const wantedLower = new Set([...wanted].map((name) => name.toLowerCase()));
  const wantedBoxes = new Set([...wanted].map((name) => mailbox(name)));
  const indexes = [0, 1, 2, 3].map(() => new Map<string, Mappable[]>());
  const note = (index: number, name: string, one: Mappable) => {
    const list = indexes[index]?.get(name);
    if (list === undefined) indexes[index]?.set(name, [one]);
    else if (!list.includes(one)) list.push(one);
  };
  for (const one of mappables) {
    if (wanted.has(one.key)) note(0, one.key, one);
    for (const alias of one.aliases) if (wanted.has(alias)) note(1, alias, one);
    const username = one.username?.toLowerCase();
    if (username !== undefined && wantedLower.has(username)) note(2, username, one);
    for (const address of [one.email, one.username, ...one.aliases]) {
      const box = address === undefined ? undefined : mailbox(address);
      if (box !== undefined && wantedBoxes.has(box)) note(3, box, one);
    }
  }
  return (name) => {
    const forms = [name, name, name.toLowerCase(), mailbox(name) ?? ""];
    for (const [i, form] of forms.entries()) {
      const found = indexes[i]?.get(form);
      if (found !== undefined) return found;
    }
    return [];
  };
}

function personsCalled(name: string, persons: PersonIndex): readonly string[] {
  const byKey = persons.byKey(name);
  if (byKey !== undefined) return [byKey];
  const byId = persons.byWorkerId(name);
  return [...(byId.size > 0 ? byId : persons.byEmail(name))].sort();
}
