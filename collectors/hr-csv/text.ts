import type { FileHandle } from "node:fs/promises";
import iconv from "iconv-lite";
import { CollectError, detectEncoding } from "../../src/collect/index.js";

const CHUNK = 1 << 16;

/** The file's text in pieces, without byte order mark, every line break as `\n`. */
export async function* readText(
  file: FileHandle,
  encoding: string | undefined,
): AsyncGenerator<string, void, undefined> {
  const buffer = Buffer.alloc(CHUNK);
  let decode: Decode | undefined;
  let held = "";
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
    const bytes = buffer.subarray(0, bytesRead);
    decode ??= decoder(bytes, encoding);
    let text = held + decode(bytes, bytesRead === 0);
    held = "";
    if (bytesRead > 0 && text.endsWith("\r")) {
      text = text.slice(0, -1);
      held = "\r";
    }
    if (text !== "") yield text.replace(/\r\n?/g, "\n");
    if (bytesRead === 0) return;
  }
}

type Decode = (bytes: Buffer, end: boolean) => string;

function decoder(head: Buffer, encoding: string | undefined): Decode {
  if (encoding !== undefined) {
    const named = iconv.getDecoder(encoding);
    return (bytes, end) => (end ? (named.end() ?? "") : named.write(bytes));
  }
  const detected = detectEncoding(head);
  const strict = new TextDecoder(detected, { fatal: true });
  return (bytes, end) => {
    try {
      return strict.decode(bytes, { stream: !end });
    } catch (error) {
      const message = `the file is not ${detected.toUpperCase()} text; name its encoding (\`encoding: windows-1252\`)`;
      throw new CollectError({ kind: "fatal", message }, message, { cause: error });
    }
  };
}

/** Delimiters that a header line may show, the commonest first. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** The delimiter that the first line has most of, outside quotes. Excel's `sep=;` line says it outright. */
export function detectDelimiter(head: string): string {
  const declared = /^sep=(.)(?:\n|$)/i.exec(head)?.[1];
  if (declared !== undefined) return declared;
  const counts = new Map<string, number>();
  let quoted = false;
  for (const char of head.trimStart()) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && char === "\n") break;
    else if (!quoted) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  let best: string = DELIMITERS[0];
  for (const delimiter of DELIMITERS) {
    if ((counts.get(delimiter) ?? 0) > (counts.get(best) ?? 0)) best = delimiter;
  }
  return best;
}
