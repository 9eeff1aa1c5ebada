import type { Log } from "../../model/index.js";
import { paint, styleFor, type Terminal } from "./style.js";
import { count, cutTo, plain } from "./text.js";

export interface LogOptions {
  /** Where lines go: stderr, so that stdout holds nothing but the answer. */
  readonly stream: Terminal & { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly verbose?: boolean;
  /** Only warnings. */
  readonly quiet?: boolean;
  readonly now?: () => number;
}

/** A log for people. `end` finishes the progress line; nothing may be logged after it. */
export interface TerminalLog extends Log {
  /** What ended the command; shown even when quiet. */
  error(message: string): void;
  end(): void;
}

interface Task {
  readonly startedAt: number;
  done: number;
  unit: string;
  total: number | undefined;
  /** When it was last shown, and at which count. */
  shownAt: number;
  shown: number;
}

const TTY_INTERVAL_MS = 100;
const PIPE_INTERVAL_MS = 5_000;
const CLEAR_LINE = "\r\u001b[2K";

/**
 * A terminal gets one progress line that is replaced in place; a pipe gets a plain line every few seconds and one
 * when a task is done. Fields follow the message as `key=value`.
 */
export function terminalLog(options: LogOptions): TerminalLog {
  const { stream, env } = options;
  const now = options.now ?? Date.now;
  const style = styleFor(stream, env);
  // A dumb terminal cannot move its cursor back.
  const inPlace = stream.isTTY === true && env.TERM !== "dumb";
  const tasks = new Map<string, Task>();
  let drawn = false;

  const clear = () => {
    if (drawn) stream.write(CLEAR_LINE);
    drawn = false;
  };
  const line = (text: string) => {
    clear();
    stream.write(`${text}\n`);
  };
  const draw = (text: string) => {
    const width = style.width ?? 80;
    stream.write(`${CLEAR_LINE}${paint(style, cutTo(text, width - 1), "dim")}`);
    drawn = true;
  };
  const finish = (name: string, task: Task) => {
    tasks.delete(name);
    if (options.quiet !== true && task.shown !== task.done) line(describe(name, task, now()));
    else clear();
  };

  return {
    debug(message, fields) {
      if (options.verbose === true) line(paint(style, format(message, fields), "dim"));
    },
    info(message, fields) {
      if (options.quiet !== true) line(format(message, fields));
    },
    warn(message, fields) {
      line(`${paint(style, "warning:", "bold", "yellow")} ${format(message, fields)}`);
    },
    error(message) {
      line(`${paint(style, "error:", "bold", "red")} ${format(message, undefined)}`);
    },
    progress(name, done, unit, total) {
      const at = now();
      const task = tasks.get(name) ?? { startedAt: at, done, unit, total, shownAt: at, shown: -1 };
      tasks.set(name, task);
      Object.assign(task, { done, unit, total });
      if (total !== undefined && done >= total) {
        finish(name, task);
        return;
      }
      if (options.quiet === true) return;
      if (inPlace ? !drawn || at - task.shownAt >= TTY_INTERVAL_MS : at - task.shownAt >= PIPE_INTERVAL_MS) {
        task.shownAt = at;
        if (inPlace) draw(describe(name, task, at));
        else {
          task.shown = done;
          line(describe(name, task, at));
        }
      }
    },
    end() {
      for (const [name, task] of [...tasks]) finish(name, task);
      clear();
    },
  };
}

/** `prod: 12,000 of 40,000 records, 3,100/s`. The rate is left out for what took less than a second. */
function describe(name: string, task: Task, at: number): string {
  const of = task.total === undefined ? "" : ` of ${count(task.total)}`;
  const seconds = (at - task.startedAt) / 1000;
  const rate = seconds >= 1 ? `, ${count(Math.round(task.done / seconds))}/s` : "";
  return `${plain(name)}: ${count(task.done)}${of} ${plain(task.unit)}${rate}`;
}

function format(message: string, fields: Readonly<Record<string, unknown>> | undefined): string {
  // A message may have several lines of its own (a configuration's problems); fields never do.
  const text = message.split("\n").map(plain).join("\n");
  const extra = Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        `${plain(key)}=${plain(typeof value === "string" ? value : (JSON.stringify(value) ?? ""))}`,
    );
  return [text, ...extra].join(" ");
}
