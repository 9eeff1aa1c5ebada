import { setTimeout as delay } from "node:timers/promises";
import type { RateLimit } from "../../src/collect/index.js";

/** Half of the IAM API's 6,000 reads a minute. https://cloud.google.com/iam/quotas */
export const rateLimit: RateLimit = { requestsPerSecond: 50, concurrency: 8 };

/**
 * Resource Manager allows 600 reads a minute: half of it, and a tenth of a minute's worth at once.
 * https://cloud.google.com/resource-manager/docs/limits
 */
const MANAGER_PER_SECOND = 5;
const MANAGER_AT_ONCE = 60;

/** Lets calls through at a rate, after a first lot that need not wait. */
export function pacer(perSecond = MANAGER_PER_SECOND, atOnce = MANAGER_AT_ONCE) {
  let left = atOnce;
  let filled = performance.now();
  return async (signal: AbortSignal): Promise<void> => {
    const now = performance.now();
    left = Math.min(atOnce, left + ((now - filled) / 1000) * perSecond) - 1;
    filled = now;
    if (left < 0) await delay((-left / perSecond) * 1000, undefined, { signal });
  };
}

/** Runs `one` for each item, a few at a time; results come in the order of the items. */
export async function* inTurn<T, R>(
  items: readonly T[],
  one: (item: T) => Promise<R>,
): AsyncGenerator<{ readonly item: T; readonly result: R }, void, undefined> {
  for (let at = 0; at < items.length; at += rateLimit.concurrency) {
    const batch = items.slice(at, at + rateLimit.concurrency);
    const results = await Promise.all(batch.map(one));
    for (const [index, result] of results.entries()) {
      const item = batch[index];
      if (item !== undefined) yield { item, result };
    }
  }
}
