import { abortError } from "./abort.js";

/** First come, first served. A waiter may give up by its signal. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves with the release function once it is this caller's turn. Releasing twice is releasing once. */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    const turn = this.#tail;
    let release: () => void = () => {};
    this.#tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    if (signal === undefined) {
      await turn;
      return release;
    }
    let onAbort: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(abortError(signal));
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      await Promise.race([turn, aborted]);
      return release;
    } catch (error) {
      // The place in the queue is passed on when its turn comes.
      void turn.then(release);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
