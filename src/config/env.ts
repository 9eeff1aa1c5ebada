import { InputError } from "../model/index.js";

/**
 * `${NAME}` in values. A reference cannot stand in a YAML flow map as it is (`{ password: ${X} }`: the braces are
 * YAML's own), and people write it there; so before parsing, the two braces of every reference are swapped for
 * private-use characters. The text keeps its length, so lines and columns in errors stay true.
 */
const OPEN = "\uE000";
const CLOSE = "\uE001";
const WRITTEN = /\$\{([^{}\r\n]*)\}/g;
const SHIELDED = /(\$?)\$\uE000([^\uE000\uE001]*)\uE001/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Hides the braces of references from the YAML parser. Same length as the input. */
export function shieldReferences(text: string): string {
  return text.replace(WRITTEN, (_, name: string) => `$${OPEN}${name}${CLOSE}`);
}

/** The text as it was written: for keys, comments and messages. */
export function unshield(text: string): string {
  return text.replaceAll(OPEN, "{").replaceAll(CLOSE, "}");
}

/**
 * Puts the environment's values into one scalar. `$${X}` gives the text `${X}`. Values read are added to `read`,
 * so that no error repeats them.
 * @throws InputError naming the variable and the key where it is unset or no name.
 */
export function expandReferences(
  text: string,
  where: string,
  env: Readonly<Record<string, string | undefined>>,
  read: Set<string>,
): string {
  return unshield(
    text.replace(SHIELDED, (_, escaped: string, name: string) => {
      if (escaped !== "") return `$${OPEN}${name}${CLOSE}`;
      if (!NAME.test(name)) {
        throw new InputError({
          what: `${where}: \${${name}} is not a reference to an environment variable.`,
          fix: `Write \${NAME} with letters, digits and _, or $\${${name}} if that text is meant as it stands.`,
        });
      }
      const value = env[name];
      if (value === undefined) {
        throw new InputError({
          what: `${where}: the environment variable ${name} is not set.`,
          means: "Nothing was read and nothing changed.",
          fix: `Set ${name}, or write $\${${name}} if that text is meant as it stands.`,
        });
      }
      if (value !== "") read.add(value);
      return value;
    }),
  );
}

/** True where a scalar takes at least a part of its value from the environment. */
export function hasReference(shielded: string): boolean {
  return [...shielded.matchAll(SHIELDED)].some((match) => match[1] === "");
}
