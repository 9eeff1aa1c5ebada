import type { Severity } from "../../model/index.js";

/** How to print: colour only on a terminal, and a width to fit into only there. */
export interface Style {
  readonly color: boolean;
  /** Columns of the terminal; undefined on a pipe, where nothing is cut. */
  readonly width?: number | undefined;
}

export const PLAIN: Style = { color: false };

export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a stream can show. NO_COLOR (https://no-color.org) and TERM=dumb turn colour off. */
export function styleFor(stream: Terminal, env: Readonly<Record<string, string | undefined>>): Style {
  if (stream.isTTY !== true) return PLAIN;
  const color = (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return { color, width: stream.columns !== undefined && stream.columns > 20 ? stream.columns : 80 };
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Paint = keyof typeof CODES;

/** Colours a text that is already `plain`. */
export function paint(style: Style, text: string, ...paints: readonly Paint[]): string {
  if (!style.color || paints.length === 0 || text === "") return text;
  return `\u001b[${paints.map((one) => CODES[one]).join(";")}m${text}\u001b[0m`;
}

export const SEVERITY_PAINT: Readonly<Record<Severity, readonly Paint[]>> = {
  critical: ["bold", "magenta"],
  high: ["bold", "red"],
  medium: ["yellow"],
  low: ["cyan"],
};
