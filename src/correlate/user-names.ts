import { InputError } from "../model/index.js";

/** Letters that Unicode does not take apart into a plain letter and a mark, as passports and user names write them. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};
const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", å: "aa", ø: "oe" };

/** The plain lower-case letters and digits of a word, as user names hold them: `Müller` is `muller` and `mueller`. */
export function foldings(word: string): readonly string[] {
  const lower = word.normalize("NFC").toLowerCase();
  const plain = (text: string) =>
    [...text]
      .map((letter) => LETTERS[letter] ?? letter)
      .join("")
      .normalize("NFKD")
      .replace(/[^a-z0-9]/g, "");
  const spelled = [...lower].map((letter) => UMLAUTS[letter] ?? letter).join("");
  return [...new Set([plain(lower), plain(spelled)])].filter((text) => text !== "");
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
const PLACEHOLDERS: ReadonlySet<string> = new Set(["first", "last", "f", "l", "workerId"]);

/** Refuses a pattern that names nobody in particular. InputError (exit 2). */
export function checkPattern(pattern: string): void {
  const names = [...pattern.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
  const unknown = names.find((name) => !PLACEHOLDERS.has(name));
  const telling = names.some((name) => name === "last" || name === "workerId" || name === "first");
  if (unknown === undefined && telling) return;
  throw new InputError({
    what:
      unknown === undefined
        ? `correlate.userNames: the pattern "${pattern}" names nobody in particular.`
        : `correlate.userNames: the pattern "${pattern}" has the unknown placeholder {${unknown}}.`,
    fix: "Use {first}, {last}, {f}, {l} (initials) and {workerId}, at least one of them not an initial.",
  });
}

/** The user names that a pattern gives somebody of this name and worker id. Lower case. */
export function userNamesOf(pattern: string, name: string | undefined, workerId: string): readonly string[] {
  const { first, last } = partsOf(name ?? "");
  const firsts = foldings(first);
  const lasts = foldings(last);
  const values: Readonly<Record<string, readonly string[]>> = {
    first: firsts,
    last: lasts,
    f: [...new Set(firsts.map((text) => text.slice(0, 1)))],
    l: [...new Set(lasts.map((text) => text.slice(0, 1)))],
    workerId: workerId === "" ? [] : [workerId.toLowerCase()],
  };
  let made: readonly string[] = [""];
  let end = 0;
  for (const match of pattern.matchAll(PLACEHOLDER)) {
    const literal = pattern.slice(end, match.index).toLowerCase();
    const options = values[match[1] ?? ""] ?? [];
    made = made.flatMap((text) => options.map((option) => text + literal + option));
    end = match.index + match[0].length;
  }
  const tail = pattern.slice(end).toLowerCase();
  return made.map((text) => text + tail);
}

/** First and last name: `Ann B. Lee`, or `Lee, Ann B.` as many HR systems print it. */
function partsOf(name: string): { first: string; last: string } {
  const comma = name.indexOf(",");
  const given = comma < 0 ? name : name.slice(comma + 1);
  const words = given.trim().split(/\s+/);
  const last = comma < 0 ? (words.length > 1 ? (words.at(-1) ?? "") : "") : name.slice(0, comma);
  return { first: words[0] ?? "", last };
}
