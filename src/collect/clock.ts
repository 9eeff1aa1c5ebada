import { CollectError } from "./contract.js";

/** Time and chance, so that a test of an hour's backoff takes no time. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Rejects with an aborted CollectError as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    abortable(signal, (resolve) => {
      const timer = setTimeout(resolve, ms);
      return () => {
        clearTimeout(timer);
      };
    }),
};

export function abortedError(): CollectError {
  return new CollectError({ kind: "aborted" }, "it was cancelled");
}

export function isAborted(error: unknown): boolean {
  return error instanceof CollectError && error.failure.kind === "aborted";
}

/** A promise that ends when the signal aborts, whatever else happens. `start` returns what stops the work. */
export function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(abortedError());
      return;
    }
    const end = () => {
      signal.removeEventListener("abort", onAbort);
      stop();
    };
    const onAbort = () => {
      end();
      reject(abortedError());
    };
    signal.addEventListener("abort", onAbort);
    const stop = start(
      (value) => {
        end();
        resolve(value);
      },
      (reason) => {
        end();
        reject(reason instanceof Error ? reason : new Error(String(reason)));
      },
    );
  });
}

/** Waits for a promise that itself may never notice an abort. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  // After an abort nobody waits for it any more; its rejection is then nobody's.
  promise.catch(() => undefined);
  return abortable<T>(signal, (resolve, reject) => {
    promise.then(resolve, reject);
    return () => undefined;
  });
}

/** The items of an iterable that may hang: an abort ends the loop at once, and the iterable when it can. */
export async function* itemsUntilAborted<T>(
  signal: AbortSignal,
  iterable: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const iterator = iterable[Symbol.asyncIterator]();
  let over = false;
  try {
    for (;;) {
      const next = await untilAborted(signal, iterator.next());
      if (next.done === true) {
        over = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: a generator that hangs in a call would hold the abort up.
    if (!over) iterator.return?.().catch(() => undefined);
  }
}
