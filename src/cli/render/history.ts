import type { NodeRef } from "../../model/index.js";
import type { EdgeRef } from "../../reconcile/index.js";
import { nodeText, pathText } from "./path.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { plain, plural } from "./text.js";

/** What the reads around an instant say of one right. */
export type Held = "held" | "notHeld" | "betweenReads";

export interface HistoryRow {
  readonly account: NodeRef;
  /** A group, role, entitlement or credential. */
  readonly right: NodeRef;
  readonly held: Held;
  readonly path: readonly EdgeRef[];
}

export interface HistoryView {
  readonly person: NodeRef;
  /** The instant asked for, ISO. */
  readonly on: string;
  readonly accounts: readonly { readonly account: NodeRef; readonly held: Held }[];
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
  const head = `What ${paint(style, nodeText(view.person), "bold")} held on ${plain(view.on)}`;
  const accounts = table(
    view.accounts,
    [
      { title: "ACCOUNT", value: (r) => r.account.name || r.account.key, shrinkTo: 12 },
      { title: "KEY", value: (r) => r.account.key, shrinkTo: 20 },
      { title: "WAS", value: (r) => HELD_TEXT[r.held], paint: (r) => HELD_PAINT[r.held] },
    ],
    style,
  );
  const rights = table(
    view.rows,
    [
      { title: "ACCOUNT", value: (r) => r.account.name || r.account.key, shrinkTo: 12 },
      { title: "RIGHT", value: (r) => `${r.right.label} ${r.right.name || r.right.key}`, shrinkTo: 20 },
      { title: "WAS", value: (r) => HELD_TEXT[r.held], paint: (r) => HELD_PAINT[r.held] },
      { title: "PATH", value: (r) => pathText(r.path), shrinkTo: 30 },
    ],
    style,
  );
  const number = (held: Held) => view.rows.filter((row) => row.held === held).length;
  const between = number("betweenReads");
  return [
    head,
    accounts === "" ? "No account that a read saw." : accounts,
    rights,
    `${plural(number("held"), "right")} held${between === 0 ? "" : `, ${plural(between, "right")} between two reads`}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
