import type { EdgeType } from "./vocabulary.js";

/** A node as outputs show it. */
export interface NodeRef {
  readonly key: string;
  readonly label: string;
  readonly name: string;
}

/** A node with what a remediation command needs of it. */
export interface NodeView extends NodeRef {
  readonly provider: string | null;
  readonly aliases: readonly string[];
  readonly props: Readonly<Record<string, unknown>>;
}

/** What should end. Exitgraph prints the command for it and never runs it. */
export type RemediationRequest =
  | {
      readonly action: "cut";
      readonly edge: EdgeType;
      readonly from: NodeView;
      readonly to: NodeView;
      /** What the edge says of itself: a condition, by which one of two bindings is meant. */
      readonly props?: Readonly<Record<string, unknown>>;
    }
  | { readonly action: "disableAccount"; readonly account: NodeView }
  | { readonly action: "deactivateCredential"; readonly credential: NodeView; readonly holder: NodeView }
  | { readonly action: "assignOwner"; readonly subject: NodeView };

export interface Remediation {
  /** A shell command, every value quoted so that a hostile name injects nothing; or a sentence for a person. */
  readonly command: string;
  readonly reversible: boolean;
  /** Who or what else it touches, in words. */
  readonly affects: string;
}

/** Quotes one word for a POSIX shell. */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
