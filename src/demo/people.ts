import type { UserSpec } from "./aws-model.js";
import { nameAt, UNITS } from "./names.js";
import { awsId, random, unique } from "./random.js";

export const DOMAIN = "larkfield.example";

/** One row of the HR record. Days are relative to now; negative is past. */
export interface Worker {
  readonly workerId: string;
  readonly globalId: string;
  readonly name: string;
  readonly emails: readonly string[];
  /** As this company's HR system words it. */
  readonly status: HrStatus;
  readonly type: "Regular Employee" | "Contingent Worker";
  readonly startsIn: number;
  readonly endsIn?: number;
  readonly department: string;
  readonly title: string;
  readonly managerId: string;
}

/** The status words of this company's HR system. */
export const HR_STATUSES = {
  active: "Active - Regular",
  leave: "On Leave (LOA)",
  terminated: "Terminated - Vol.",
  pending: "Pre-Hire",
} as const;
export type HrStatus = (typeof HR_STATUSES)[keyof typeof HR_STATUSES];

export interface Company {
  readonly seed: string;
  readonly people: number;
  /** Share of those who have left whose account was forgotten. 0 for the demo: its findings are the stories'. */
  readonly forgotten: number;
}

/** A person without a story: the HR row, and the accounts in either AWS account of the block. */
export interface Filler {
  readonly worker: Worker;
  readonly prod: UserSpec | undefined;
  readonly sandbox: UserSpec | undefined;
}

/** Every eighth person manages the seven after them, and neither leaves nor goes on leave. */
export function isManager(index: number): boolean {
  return index % 8 === 0;
}

export function workerIdOf(index: number): string {
  return String(100_000 + index);
}

/** Who a worker reports to: the manager before them; managers to every eighth of their own. The first to nobody. */
export function managerIdOf(index: number): string {
  if (index === 0) return "";
  let span = 8;
  while (index % span === 0) span *= 8;
  return workerIdOf(Math.floor(index / span) * span);
}

export function addressOf(index: number): { name: string; user: string; email: string } {
  const { first, last, numeral } = nameAt(index);
  const suffix = numeral === 1 ? "" : String(numeral);
  const user = `${first}.${last}${suffix}`.toLowerCase();
  const roman = numeral === 1 ? "" : ` (${numeral})`;
  return { name: `${first} ${last}${roman}`, user, email: `${user}@${DOMAIN}` };
}

/** The id that follows a human through every employment. */
export function globalId(...name: readonly (string | number)[]): string {
  return `G-${unique(12, "0123456789ABCDEF", "global", ...name)}`;
}

const GROUPS: Readonly<Record<string, string>> = {
  "Platform Engineering": "engineers",
  "Product Development": "engineers",
  "Data & Analytics": "data-engineers",
  "Quality Assurance": "engineers",
  Finance: "finance",
};

/** The person at an index: a function of the seed and the index alone, so that any number can be made in a stream. */
export function fillerAt(index: number, company: Company): Filler {
  const rng = random("person", company.seed, index);
  const { name, user, email } = addressOf(index);
  const unit = rng.pick(UNITS);
  const manager = isManager(index);
  const fate = rng.next();
  const emails = [rng.chance(0.1) ? email.toUpperCase() : email];
  if (rng.chance(0.15)) emails.push(`${user}@corp.${DOMAIN}`);
  const base = {
    workerId: workerIdOf(index),
    globalId: globalId(company.seed, index),
    name,
    emails,
    type: !manager && rng.chance(0.12) ? "Contingent Worker" : "Regular Employee",
    startsIn: -rng.between(60, 3_600),
    department: unit.department,
    title: rng.pick(unit.titles),
    managerId: managerIdOf(index),
  } as const;

  let worker: Worker = { ...base, status: HR_STATUSES.active };
  if (!manager && fate < 0.08) {
    const endsIn = -rng.between(5, 700);
    worker = { ...base, startsIn: endsIn - rng.between(100, 2_000), endsIn, status: HR_STATUSES.terminated };
  } else if (!manager && fate < 0.1) {
    worker = { ...base, status: HR_STATUSES.leave };
  } else if (!manager && fate < 0.11) {
    worker = { ...base, startsIn: rng.between(3, 60), status: HR_STATUSES.pending };
  } else if (!manager && fate < 0.125) {
    worker = { ...base, endsIn: rng.between(5, 90), status: HR_STATUSES.active };
  }
  const gone = worker.status === HR_STATUSES.terminated && rng.next() >= company.forgotten;
  const none = gone || worker.status === HR_STATUSES.pending || !rng.chance(0.65);
  const inProd = rng.chance(0.6);
  const both = rng.chance(0.15);
  const spec = (account: string): UserSpec => userOf(worker, user, account, company, rng.chance(0.7));
  return {
    worker,
    prod: !none && (inProd || both) ? spec("prod") : undefined,
    sandbox: !none && (!inProd || both) ? spec("sandbox") : undefined,
  };
}

function userOf(worker: Worker, user: string, account: string, company: Company, tagged: boolean): UserSpec {
  const rng = random("user", company.seed, worker.workerId, account);
  const age = Math.max(2, Math.min(-worker.startsIn, 2_000));
  const group = GROUPS[worker.department] ?? "auditors";
  // A user name with a numeral matches no pattern of the configuration, so the tag must say whose it is.
  const needsTag = tagged || /\d$/.test(user);
  return {
    name: user,
    createdDaysAgo: age,
    password: { lastUsedDaysAgo: rng.between(0, 40) },
    mfa: rng.chance(0.9),
    groups: rng.chance(0.04) ? [group, "administrators"] : [group],
    ...(rng.chance(0.3)
      ? {
          keys: [
            {
              id: awsId("AKIA", company.seed, worker.workerId, account),
              active: true,
              createdDaysAgo: Math.min(age, rng.between(10, 300)),
              lastUsedDaysAgo: rng.between(0, 9),
            },
          ],
        }
      : {}),
    ...(needsTag ? { tags: { email: `${user}@${DOMAIN}` } } : {}),
  };
}
