/** One call as a test server understood it. */
export interface ServedCall {
  /** The server's own name of what is asked for: `users`, `group members`. */
  readonly list: string;
  /** Where the system has partitions: which one is asked. */
  readonly partition?: string;
  /** True for a page that follows another. */
  readonly next: boolean;
}

/** What a call gets instead of its answer, or how its answer is bent. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  | { readonly kind: "cut" }
  | { readonly kind: "silent" }
  | { readonly kind: "emptyPage" }
  | { readonly kind: "twice" }
  | { readonly kind: "sameCursor" }
  /** An object lacks what it cannot be without. */
  | { readonly kind: "mangled" }
  /** An object is left out, and still counted. */
  | { readonly kind: "shortfall" };

interface Planned {
  readonly fault: Fault;
  readonly matches: (call: ServedCall) => boolean;
  left: number;
}

/** What a test server is to do wrong, and when. The first plan that matches a call and has turns left is taken. */
export class FaultPlan {
  #planned: Planned[] = [];
  readonly #served: ServedCall[] = [];
  #met = 0;
  readonly #waiting: { readonly list: string; readonly resolve: () => void }[] = [];
  readonly #silent = new Set<string>();

  /** `times`: how many calls get it; all of them unless told. */
  plan(fault: Fault, matches: (call: ServedCall) => boolean, times = Number.POSITIVE_INFINITY): void {
    this.#planned.push({ fault, matches, left: times });
  }

  /** Called by the server for each call, before it answers. */
  take(call: ServedCall): Fault | undefined {
    this.#served.push(call);
    const found = this.#planned.find(({ left, matches }) => left > 0 && matches(call));
    if (found === undefined) return undefined;
    found.left -= 1;
    this.#met += 1;
    if (found.fault.kind === "silent") {
      this.#silent.add(call.list);
      for (const { list, resolve } of this.#waiting) if (list === call.list) resolve();
    }
    return found.fault;
  }

  /** Resolves when a call of the list hangs. */
  async silenced(list: string): Promise<void> {
    if (this.#silent.has(list)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ list, resolve }));
  }

  /** Calls that got a fault. */
  get met(): number {
    return this.#met;
  }

  get served(): readonly ServedCall[] {
    return this.#served;
  }

  clear(): void {
    this.#planned = [];
    this.#served.length = 0;
    this.#met = 0;
    this.#silent.clear();
  }
}
