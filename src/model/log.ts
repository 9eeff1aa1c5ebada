/** Where progress and warnings go: stderr for people, JSON lines for a service. Never holds a secret. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Progress of long work: replaced in place on a terminal, a plain line now and then on a pipe. */
  progress(task: string, done: number, unit: string, total?: number): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, progress() {} };
