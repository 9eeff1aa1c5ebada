/**
 * `*` and `?` as IAM means them. Whoever writes policies of an account that is read writes the patterns: so by hand,
 * with one place to fall back to, because as a regular expression `*a*a*a…b` takes time without end.
 */
export function globMatches(pattern: string, text: string): boolean {
  if (pattern === "*") return true;
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === "*") {
      star = p;
      mark = t;
      p += 1;
    } else if (c !== undefined && (c === "?" || c === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      mark += 1;
      p = star + 1;
      t = mark;
    } else return false;
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}
