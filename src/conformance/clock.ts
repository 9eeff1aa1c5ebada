import { type Clock, CollectError } from "../collect/index.js";

/** Time that passes only where somebody waits, so that a test of an hour's backoff takes no time. */
export class StillClock implements Clock {
  /** Every wait, ms, in its order. */
  readonly waits: number[] = [];
  #now = Date.now();

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.waits.push(ms);
    this.#now += ms;
    // A loop of waits must leave room for what would end it.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw new CollectError({ kind: "aborted" }, "it was cancelled");
  }
}
