import { abortable, type Clock } from "./clock.js";
import type { RateLimit } from "./contract.js";

/**
 * Token bucket with a burst of one second, and a limit of calls under way. All partitions of a source share it.
 * Waiting calls go in the order they came; `pause` holds all of them back after the system has said so.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #burst: number;
  readonly #concurrency: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** When the bucket would be full again: each call moves it on by one interval. */
  #fullAt = 0;
  #pausedUntil = 0;

  constructor(limit: RateLimit, clock: Clock) {
    this.#clock = clock;
    this.#interval = 1000 / Math.max(limit.requestsPerSecond, 0.001);
    this.#burst = Math.max(0, Math.ceil(limit.requestsPerSecond) - 1) * this.#interval;
    this.#concurrency = Math.max(1, limit.concurrency);
  }

  /** Holds every call back for at least this long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms);
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(signal);
    try {
      await this.#takeToken(signal);
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    if (this.#running < this.#concurrency) {
      this.#running += 1;
      return;
    }
    await abortable<void>(signal, (resolve) => {
      const turn = () => {
        this.#running += 1;
        resolve();
      };
      this.#waiting.push(turn);
      return () => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
    });
  }

  #leave(): void {
    this.#running -= 1;
    this.#waiting.shift()?.();
  }

  async #takeToken(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const due = Math.max(this.#fullAt, now) - this.#burst;
    this.#fullAt = Math.max(this.#fullAt, now) + this.#interval;
    let wait = Math.max(due, this.#pausedUntil) - now;
    while (wait > 0) {
      await this.#clock.sleep(wait, signal);
      wait = this.#pausedUntil - this.#clock.now();
    }
  }
}
