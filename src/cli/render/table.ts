import { type Paint, paint, type Style } from "./style.js";
import { cutTo, pad, plain, widthOf } from "./text.js";

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: "left" | "right";
  readonly paint?: (row: T) => readonly Paint[];
  /** May be cut to fit a terminal, but not below this many columns. Without it the column stays whole. */
  readonly shrinkTo?: number;
}

const GAP = 2;

/**
 * A table with a line under its titles. Cells are made plain; on a terminal the widest columns that may shrink are cut until
 * the table fits, on a pipe nothing is cut. Returns text without a newline at its end; empty for no rows.
 */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], style: Style): string {
  if (rows.length === 0) return "";
  const cells = rows.map((row) => columns.map((column) => plain(column.value(row))));
  const widths = columns.map((column, at) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[at] ?? "")), widthOf(column.title)),
  );
  if (style.width !== undefined) shrink(widths, columns, style.width);

  const line = (texts: readonly string[], colour: (text: string, at: number) => string) =>
    texts
      .map((text, at) => {
        const width = widths[at] ?? 0;
        const cut = cutTo(text, width);
        const last = at === texts.length - 1 && columns[at]?.align !== "right";
        // The padding stays outside the colour, and the last column needs none.
        const padding = pad(cut, width, columns[at]?.align).replace(cut, () => colour(cut, at));
        return last ? colour(cut, at) : padding;
      })
      .join(" ".repeat(GAP))
      .trimEnd();

  const head = line(
    columns.map((column) => column.title),
    (text) => paint(style, text, "bold"),
  );
  const rule = paint(style, widths.map((width) => "─".repeat(width)).join(" ".repeat(GAP)), "dim");
  const body = rows.map((row, index) =>
    line(cells[index] ?? [], (text, at) => paint(style, text, ...(columns[at]?.paint?.(row) ?? []))),
  );
  return [head, rule, ...body].join("\n");
}

/** Takes columns from the widest shrinkable one, again and again, until the table fits or nothing may shrink. */
function shrink<T>(widths: number[], columns: readonly Column<T>[], available: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1) - available;
  while (excess > 0) {
    let widest = -1;
    widths.forEach((width, at) => {
      const least = columns[at]?.shrinkTo;
      if (least !== undefined && width > least && (widest < 0 || width > (widths[widest] ?? 0))) widest = at;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}
