/**
 * Every error that a person can meet says what happened, to which source, what it means for the result, and
 * what to do. Each class says who must act, which decides the exit code.
 */
export interface ErrorDetail {
  /** What happened, in one sentence. */
  readonly what: string;
  /** What it means for the result. */
  readonly means?: string;
  /** What to do. */
  readonly fix?: string;
  readonly source?: string;
  readonly cause?: unknown;
}

export abstract class ExitgraphError extends Error {
  abstract readonly exitCode: 1 | 2;
  readonly detail: ErrorDetail;

  constructor(detail: ErrorDetail) {
    super([detail.what, detail.means, detail.fix].filter((part) => part !== undefined).join(" "), {
      cause: detail.cause,
    });
    this.name = new.target.name;
    this.detail = detail;
  }
}

/** The call, the configuration, a rule, a credential for the store, or a file given as input is wrong: exit 2. */
export class InputError extends ExitgraphError {
  readonly exitCode = 2;
}

/** The work failed (store unreachable, disk full): exit 1. */
export class OperationError extends ExitgraphError {
  readonly exitCode = 1;
}

/** The lease was lost to somebody else, or the store is held and its holder does not answer: exit 1. */
export class LeaseError extends ExitgraphError {
  readonly exitCode = 1;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
