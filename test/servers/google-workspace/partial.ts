import type { Json } from "./state.js";

/** What to keep of an object: all of it, or these fields with what to keep of each. */
type Mask = true | Map<string, Mask>;

/**
 * `fields=a,b(c,d),e/f` of a partial response, as
 * https://developers.google.com/workspace/admin/directory/v1/guides/performance#partial describes it. Throws where it
 * is malformed: the APIs answer such a request with 400.
 */
export function parseFields(text: string): Map<string, Mask> {
  let at = 0;
  const list = (): Map<string, Mask> => {
    const found = new Map<string, Mask>();
    for (;;) {
      const name = /^[A-Za-z0-9_*]+/.exec(text.slice(at))?.[0];
      if (name === undefined) throw new Error(`Invalid field selection ${text}`);
      at += name.length;
      let mask: Mask = true;
      if (text[at] === "(") {
        at += 1;
        mask = list();
        if (text[at] !== ")") throw new Error(`Invalid field selection ${text}`);
        at += 1;
      } else if (text[at] === "/") {
        at += 1;
        mask = list();
      }
      found.set(name, mask);
      if (text[at] !== ",") return found;
      at += 1;
    }
  };
  const mask = list();
  if (at !== text.length) throw new Error(`Invalid field selection ${text}`);
  return mask;
}

export function keep(value: unknown, mask: Mask): unknown {
  if (mask === true) return value;
  if (Array.isArray(value)) return value.map((item) => keep(item, mask));
  if (typeof value !== "object" || value === null) return value;
  const kept: Json = {};
  for (const [name, inner] of Object.entries(value)) {
    const of = mask.get(name) ?? mask.get("*");
    if (of !== undefined) kept[name] = keep(inner, of);
  }
  return kept;
}
