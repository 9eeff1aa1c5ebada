import type { Log } from "../model/index.js";
import { abortedError, type Clock, isAborted, untilAborted } from "./clock.js";
import { type Call, CollectError, type Failure } from "./contract.js";
import { failureOf, safeMessage } from "./failure.js";
import type { RateLimiter } from "./rate.js";

export interface RetryLimits {
  /** Tries of one call, the first among them. */
  readonly attempts: number;
  /** Total time of one call with its waits, ms. */
  readonly totalMs: number;
  /** Time of one try, ms: a connection that went silent counts as cut. */
  readonly attemptMs: number;
  /** First backoff and its ceiling, ms. It doubles, with full jitter. */
  readonly baseMs: number;
  readonly maxMs: number;
}

export const DEFAULT_LIMITS: RetryLimits = {
  attempts: 8,
  totalMs: 600_000,
  attemptMs: 120_000,
  baseMs: 500,
  maxMs: 30_000,
};

/** Calls and errors of one stream's read of one partition. */
export interface CallCount {
  calls: number;
  errors: number;
}

export interface CallerOptions {
  readonly source: string;
  readonly classify: ((error: unknown) => Failure) | undefined;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly limits: RetryLimits;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * A `call` that retries what is throttled or transient, keeps to the rate limit, and ends at once when the signal
 * aborts. It throws CollectError only, whose failure is what `classify` said.
 */
export function makeCall(options: CallerOptions, count: CallCount): Call {
  return async (operation, run) => {
    const { clock, limits, signal } = options;
    const started = clock.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await options.limiter.run(signal, () => {
          count.calls += 1;
          return attemptOnce(signal, limits.attemptMs, run);
        });
      } catch (error) {
        if (signal.aborted || isAborted(error)) throw abortedError();
        count.errors += 1;
        const failure = failureOf(error, options.classify);
        if (failure.kind !== "throttled" && failure.kind !== "transient") {
          throw new CollectError(failure, fatalText(operation, failure, error), { cause: error });
        }
        const wait = waitBefore(attempt, failure, limits, clock);
        const elapsed = clock.now() - started;
        if (attempt >= limits.attempts || elapsed + wait > limits.totalMs) {
          throw new CollectError(failure, givenUp(operation, failure, attempt, elapsed, wait, error), {
            cause: error,
          });
        }
        if (failure.kind === "throttled") options.limiter.pause(wait);
        options.log.debug(`${options.source}: ${operation} is tried again`, {
          kind: failure.kind,
          wait,
          attempt,
        });
        await clock.sleep(wait, signal);
      }
    }
  };
}

/** One try with its own signal, so that a try that takes too long ends without ending the read. */
async function attemptOnce<T>(
  signal: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const attempt = new AbortController();
  const onAbort = () => {
    attempt.abort(signal.reason);
  };
  signal.addEventListener("abort", onAbort);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new CollectError({ kind: "transient" }, `no answer within ${timeoutMs / 1000} s`);
      reject(error);
      attempt.abort(error);
    }, timeoutMs);
  });
  try {
    return await untilAborted(signal, Promise.race([run(attempt.signal), late]));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** What the system asked for, spread a little so that not all callers come back at once; else full jitter. */
function waitBefore(
  attempt: number,
  failure: { readonly retryAfterMs?: number },
  limits: RetryLimits,
  clock: Clock,
): number {
  if (failure.retryAfterMs !== undefined) {
    return Math.ceil(failure.retryAfterMs + clock.random() * Math.min(1_000, failure.retryAfterMs * 0.1));
  }
  return Math.ceil(clock.random() * Math.min(limits.maxMs, limits.baseMs * 2 ** (attempt - 1)));
}

function givenUp(
  operation: string,
  failure: Failure,
  attempts: number,
  elapsedMs: number,
  waitMs: number,
  error: unknown,
): string {
  const what = failure.kind === "throttled" ? "was throttled" : `failed (${safeMessage(error)})`;
  const tries = attempts === 1 ? "once" : `${attempts} times`;
  return `${operation} ${what} ${tries} in ${Math.round(elapsedMs / 1000)} s, and the next try would be ${Math.round(waitMs / 1000)} s later`;
}

function fatalText(operation: string, failure: Failure, error: unknown): string {
  return `${operation} failed: ${"message" in failure && failure.message !== "" ? failure.message : safeMessage(error)}`;
}
