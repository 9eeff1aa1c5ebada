import type { NodeRef } from "../../model/index.js";
import type { EdgeRef } from "../../reconcile/index.js";
import { pathText } from "./path.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { minute, plain, plural } from "./text.js";

/** What the reads around an instant say of one right. */
export type Held = "held" | "notHeld" | "betweenReads";

export interface HistoryRow {
  readonly account: NodeRef;
  /** A group, role, entitlement or credential. */
  readonly right: NodeRef;
  readonly held: Held;
  /** The instants (ISO) of the reads before and after, where known. */
  readonly seenAt: string | null;
  readonly nextReadAt: string | null;
  readonly path?: readonly EdgeRef[];
}

export interface HistoryView {
  readonly person: NodeRef;
  /** The instant asked for, ISO. */
  readonly on: string;
  readonly rows: readonly HistoryRow[];
}

const HELD_TEXT: Readonly<Record<Held, string>> = {
  held: "held",
  notHeld: "not held",
  betweenReads: "between reads",
};
const HELD_PAINT: Readonly<Record<Held, readonly Paint[]>> = {
  held: ["bold"],
  notHeld: ["dim"],
  betweenReads: ["yellow"],
};

/** What `history PERSON --on DATE` prints. `between reads`: one read had it, the next had not, and the instant lies between. */
export function historyTable(view: HistoryView, style: Style): string {
  const head = `What ${paint(style, plain(view.person.name), "bold")} held on ${plain(view.on)}`;
  if (view.rows.length === 0) return `${head}\n\nNothing that a read saw.`;
  const rows = table(
    view.rows,
    [
      { title: "ACCOUNT", value: (r) => r.account.name || r.account.key, shrinkTo: 12 },
      { title: "RIGHT", value: (r) => `${r.right.label} ${r.right.name || r.right.key}`, shrinkTo: 20 },
      { title: "HELD", value: (r) => HELD_TEXT[r.held], paint: (r) => HELD_PAINT[r.held] },
      { title: "READ BEFORE", value: (r) => minute(r.seenAt) },
      { title: "READ AFTER", value: (r) => minute(r.nextReadAt) },
      ...(view.rows.some((r) => (r.path ?? []).length > 0)
        ? [{ title: "PATH", value: (r: HistoryRow) => pathText(r.path ?? []), shrinkTo: 30 }]
        : []),
    ],
    style,
  );
  const held = view.rows.filter((row) => row.held === "held").length;
  return `${head}\n\n${rows}\n\n${plural(held, "right")} held`;
}
