/** Pings while something is awaited, and calls `onSilence` when nothing was heard for `patienceMs`. */
export class Heartbeat {
  readonly #patienceMs: number;
  readonly #ping: () => void;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastTick = 0;
  #silentMs = 0;

  constructor(patienceMs: number, ping: () => void, onSilence: () => void) {
    this.#patienceMs = patienceMs;
    this.#ping = ping;
    this.#onSilence = onSilence;
  }

  start(): void {
    this.stop();
    this.#silentMs = 0;
    this.#lastTick = performance.now();
    const interval = Math.max(1, this.#patienceMs / 5);
    this.#timer = setInterval(() => this.#tick(interval), interval);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  heard(): void {
    this.#silentMs = 0;
  }

  #tick(interval: number): void {
    const now = performance.now();
    // A late tick means that this process itself was busy: what has arrived meanwhile has not been read yet.
    const late = now - this.#lastTick > 2 * interval;
    this.#lastTick = now;
    this.#silentMs += late ? 0 : interval;
    if (this.#silentMs >= this.#patienceMs) this.#onSilence();
    else this.#ping();
  }
}
