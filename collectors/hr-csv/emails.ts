/**
 * The addresses in a cell, lower-cased, each once, in their order: several may stand there, separated by comma,
 * semicolon, bar or white space, with a display name (`Ann <a@b.example>`) or `mailto:`.
 */
export function addressesIn(cell: string): readonly string[] {
  const found = new Set<string>();
  for (const part of cell.toLowerCase().split(/[\s,;|<>"()]+/)) {
    const address = part.replace(/^mailto:/, "").replace(/^['.]+|['.]+$/g, "");
    if (/^[^@]+@[^@]+$/.test(address)) found.add(address);
  }
  return [...found];
}
