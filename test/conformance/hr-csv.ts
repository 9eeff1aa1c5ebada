import { execFileSync } from "node:child_process";
import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConformanceTarget, Rig, Trouble } from "../../src/conformance/index.js";

/** More than a pipe holds (64 KiB on Linux), so that it is taken only where somebody reads. */
const MORE_THAN_A_PIPE = 1 << 18;
const HEADER = "Employee ID;Name;Mail;Status;Hired;Last Day;Manager;Salary;IBAN;Note";
const ROWS = Array.from(
  { length: 2_500 },
  (_, at) =>
    `${100000 + at};Person ${at};p${at}@corp.example;${at % 9 === 0 ? "terminated" : "active"};2020-01-0${(at % 9) + 1};${at % 9 === 0 ? "2026-10-31" : ""};${at === 0 ? "" : "100000"};1;DE00;-`,
);

/** A file, which is what HR systems export: it comes whole or not at all, from a disk. */
async function start(): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), "exitgraph-hr-rig-"));
  const file = join(dir, "people.csv");
  let path = file;
  let pipe: FileHandle | undefined;
  let taken: Promise<unknown> = Promise.resolve();
  let touched = 0;

  const write = (rows: readonly string[]) => writeFile(file, `${[HEADER, ...rows].join("\r\n")}\r\n`);

  /** A pipe that gives a part of the file and then nothing, and does not end either. */
  async function silence(): Promise<void> {
    path = join(dir, "people.pipe");
    execFileSync("mkfifo", [path]);
    // Both ends, so that opening it waits for nobody.
    pipe = await open(path, "r+");
    const rows = `${HEADER}\r\n${ROWS.join("\r\n")}\r\n`;
    const text = rows.padEnd(MORE_THAN_A_PIPE, "\r\n");
    taken = pipe.write(text);
    // It fails where the pipe is taken away first.
    taken.catch(() => undefined);
    touched = 1;
  }

  /** Secrets stand where HR files have them: in columns that nobody maps, also of rows that cannot be taken. */
  async function secrets(secret: string): Promise<void> {
    const rows = ROWS.map((row) => `${row.split(";").slice(0, 7).join(";")};${secret};${secret};${secret}`);
    const [first = ""] = rows;
    const noDate = first.replace(/^\d+/, "999998").replace("2020-01-01", "soon");
    const tooLong = `${first.replace(/^\d+/, "999999")};${secret}`;
    await write([...rows, noDate, tooLong]);
    touched = 1;
  }

  /** A row that nobody's worker id stands in. */
  async function withoutId(): Promise<void> {
    const [first = "", ...rest] = ROWS;
    await write([first.replace(/^\d+/, ""), ...rest]);
    touched = 1;
  }

  async function reset(): Promise<void> {
    await pipe?.close();
    pipe = undefined;
    touched = 0;
    await rm(join(dir, "people.pipe"), { force: true });
    path = file;
    await write(ROWS);
  }

  await reset();
  return {
    get settings() {
      const columns = {
        workerId: "Employee ID",
        name: "Name",
        email: "Mail",
        status: "Status",
        startDate: "Hired",
        endDate: "Last Day",
        manager: "Manager",
      };
      return { path, columns };
    },
    environment: {},
    partitions: ["all"],
    lists: [
      {
        name: "file",
        stream: "workers",
        permission: "file:read",
        paged: false,
        perPartition: true,
        whenDenied: "failed",
      },
    ],
    waits: [],
    reset,
    arrange(trouble: Trouble) {
      if (trouble.kind === "silent") return silence();
      if (trouble.kind === "canary") return secrets(trouble.secret);
      if (trouble.kind === "mangled") return withoutId();
      return Promise.reject(new Error(`a file does not know ${trouble.kind}`));
    },
    reached: async () => {
      await taken;
    },
    calls: () => 0,
    troubled: () => touched,
    async stop() {
      await pipe?.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const NO_PAGES = "a file is read from its beginning to its end: it has no pages and no cursor";
export const target: ConformanceTarget = {
  start,
  notApplicable: {
    "empty page in the middle": NO_PAGES,
    "same object on two pages": NO_PAGES,
    "cursor that repeats": NO_PAGES,
    "throttled, then answered": "a disk does not ask to wait",
    denied:
      "whether a file may be read is a matter of who asks, and tests may run as somebody who may read everything; what it says is in collectors/hr-csv/hr-csv.test.ts",
    "denied in one partition": "a file is one partition",
    "cut in mid-page and restored":
      "a local file has no connection; one that is changed while it is read is in collectors/hr-csv/hr-csv.test.ts",
    "reference to something nobody lists":
      "an employment refers to nobody: its manager is a text, which correlation resolves",
    "total that does not add up": "a file states no total of its rows",
  },
};
