import type { AnyCollector } from "../../src/collect/index.js";

/** Objects of one kind that an estate holds. */
export interface Holding {
  readonly what: string;
  readonly count: number;
  /** What the collector reads of each of them and a call of its own would give: its lists, and what hangs on it. */
  readonly asked: readonly string[];
}

/** A system with some thousands of entities: the same ones every time. */
export interface Estate {
  readonly collector: AnyCollector;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly holds: readonly Holding[];
  /** Calls that the server has had, but for those that gave the reader its own tokens. */
  calls(): number;
  stop(): Promise<void>;
}
