import { nodeRefs } from "../export/index.js";
import { type NodeRef, OperationError } from "../model/index.js";
import { type HeldState, heldOn } from "../reach/index.js";
import { type EdgeRef, isoOf } from "../reconcile/index.js";
import type { Project } from "./project.js";

/** What a person held at an instant, with names. */
export interface HistoryDocument {
  readonly person: NodeRef;
  /** The instant asked for, ISO. */
  readonly on: string;
  readonly accounts: readonly { readonly account: NodeRef; readonly held: HeldState }[];
  readonly rows: readonly {
    readonly account: NodeRef;
    readonly right: NodeRef;
    readonly held: HeldState;
    readonly path: readonly EdgeRef[];
  }[];
}

export async function historyOf(project: Project, person: string, at: number): Promise<HistoryDocument> {
  const held = await heldOn(project.store, person, at, { now: project.now(), signal: project.signal });
  if (held === undefined) {
    throw new OperationError({ what: `The graph no longer holds the person ${person}.`, fix: "Ask again." });
  }
  const keys = [held.person, ...held.accounts.map(({ account }) => account)];
  for (const { path } of held.rights) for (const { from, to } of path) keys.push(from, to);
  const ref = await nodeRefs(project.store, keys, project.signal);
  return {
    person: ref(held.person),
    on: isoOf(at),
    accounts: held.accounts.map(({ account, state }) => ({ account: ref(account), held: state })),
    rows: held.rights.map(({ start, target, state, path }) => ({
      account: ref(start),
      right: ref(target),
      held: state,
      path: path.map(({ from, type, to }) => ({ from: ref(from), edge: type, to: ref(to) })),
    })),
  };
}
