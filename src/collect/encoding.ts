export type DetectedEncoding = "utf-8" | "utf-16le" | "utf-16be";

/**
 * The encoding of a text by its first bytes: a byte order mark, else the zero bytes that UTF-16 has in every
 * line of plain letters (PowerShell's redirection and Excel's "Unicode text" write it), else UTF-8.
 */
export function detectEncoding(head: Uint8Array): DetectedEncoding {
  const [a, b] = head;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  let even = 0;
  let odd = 0;
  const length = Math.min(head.length, 512) & ~1;
  for (let i = 0; i < length; i += 2) {
    if (head[i] === 0) even += 1;
    if (head[i + 1] === 0) odd += 1;
  }
  const most = length / 4;
  if (odd > most && even === 0) return "utf-16le";
  if (even > most && odd === 0) return "utf-16be";
  return "utf-8";
}

/** The text of a whole file, its byte order mark left out. Throws TypeError where the bytes are not that encoding. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(detectEncoding(bytes), { fatal: true }).decode(bytes);
}
