import { type Head, isSound } from "./chain.js";
import type { JournalEvent } from "./event.js";

/** What `audit verify` found. */
export interface AuditReport {
  readonly ok: boolean;
  /** Events looked at. */
  readonly events: number;
  /** The newest event that the store holds as projected. */
  readonly head: Head;
  readonly problem: AuditProblem | null;
}

export interface AuditProblem {
  readonly kind: "changed" | "removed" | "inserted" | "reordered";
  /** The first event concerned: the number it has, or that the missing one had. */
  readonly seq: number;
  /** Where it was found. */
  readonly where: "file" | "store";
  readonly message: string;
}

/** What checking a chain needs of one event: its payload is hashed and let go. */
export interface Link {
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
  /** Its own hashes fit what it says. */
  readonly sound: boolean;
}

export function linkOf(event: JournalEvent): Link {
  return { seq: event.seq, previous: event.previous, hash: event.hash, sound: isSound(event) };
}

type Finding = Pick<AuditProblem, "kind" | "seq"> & { readonly why: string };

/**
 * Walks a chain and names the first event that was changed, removed, inserted or reordered. `undefined` entries
 * are lines that are no event. `root` is the chain's id; `head` what the store holds as projected, the anchor
 * that shows a cut or rewritten end.
 */
export function checkChain(
  links: readonly (Link | undefined)[],
  root: string | undefined,
  head: Head,
): Finding | undefined {
  const positions = new Map<number, number>();
  links.forEach((link, at) => {
    if (link !== undefined && !positions.has(link.seq)) positions.set(link.seq, at);
  });
  let previous: { readonly hash: string | undefined } = { hash: root };
  for (let at = 0; at < links.length; at++) {
    const seq = at + 1;
    const link = links[at];
    if (link === undefined) return changed(seq, "its line is not an event");
    if (link.seq !== seq) return misplaced(links, positions, at, link);
    if (!link.sound) return changed(seq, "its hash does not fit what it says");
    const twin = links[at + 1];
    if (twin?.seq === seq) return whichWasInserted(links, at, seq, previous.hash);
    if (previous.hash !== undefined && link.previous !== previous.hash) {
      return seq === 1
        ? changed(1, "it does not begin this store's chain")
        : changed(seq - 1, `event ${seq} was made when it had another hash`);
    }
    previous = link;
  }
  return atTheEnd(links, head);
}

/** A number that does not fit its place: something is missing here, moved, or was put in before. */
function misplaced(
  links: readonly (Link | undefined)[],
  positions: ReadonlyMap<number, number>,
  at: number,
  link: Link,
): Finding {
  const seq = at + 1;
  if (link.seq < seq) {
    return { kind: "inserted", seq: link.seq, why: `event ${link.seq} stands there twice` };
  }
  const elsewhere = positions.get(seq);
  if (elsewhere !== undefined && elsewhere > at) {
    return { kind: "reordered", seq, why: `event ${link.seq} stands in its place` };
  }
  // An unreadable line further on may be it, but a number that is missing is all that is certain.
  const next = links[at + 1];
  return {
    kind: "removed",
    seq,
    why: `event ${link.seq}${next === undefined ? ", the last one," : ""} follows`,
  };
}

/** Two events have one number: the one that the next event builds on is the old one. */
function whichWasInserted(
  links: readonly (Link | undefined)[],
  at: number,
  seq: number,
  previous: string | undefined,
): Finding {
  const first = links[at];
  const second = links[at + 1];
  const next = links[at + 2];
  const firstIsOld = next === undefined ? first?.previous === previous : next.previous === first?.hash;
  const which = firstIsOld ? second : first;
  return {
    kind: "inserted",
    seq,
    why: `of two events ${seq}, the chain does not know ${which?.hash.slice(0, 12)}`,
  };
}

function atTheEnd(links: readonly (Link | undefined)[], head: Head): Finding | undefined {
  const last = links.at(-1);
  const seq = last?.seq ?? 0;
  if (seq < head.seq) {
    return { kind: "removed", seq: seq + 1, why: `the store has projected up to event ${head.seq}` };
  }
  if (seq > head.seq) {
    return { kind: "inserted", seq: head.seq + 1, why: `the store has projected no more than ${head.seq}` };
  }
  if (last !== undefined && last.hash !== head.hash) {
    return changed(seq, "the store has projected it with another hash");
  }
  return undefined;
}

/** The first event in which two copies of one chain differ. */
export function compareChains(file: readonly Link[], store: readonly Link[]): Finding | undefined {
  for (let at = 0; at < Math.max(file.length, store.length); at++) {
    const a = file[at];
    const b = store[at];
    if (a === undefined) return { kind: "removed", seq: at + 1, why: "the store still holds it" };
    if (b === undefined) return { kind: "inserted", seq: at + 1, why: "the store does not hold it" };
    if (a.hash !== b.hash) return changed(at + 1, "the store holds it with another hash");
  }
  return undefined;
}

function changed(seq: number, why: string): Finding {
  return { kind: "changed", seq, why };
}

export function problemOf(finding: Finding, where: "file" | "store"): AuditProblem {
  const { kind, seq, why } = finding;
  return { kind, seq, where, message: `Event ${seq} was ${kind}: ${why}.` };
}
