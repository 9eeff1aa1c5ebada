import { type Company, DOMAIN, HR_STATUSES, type Worker } from "./people.js";
import { random } from "./random.js";

/** What the directories hold of somebody. Days count back from now. */
export interface Member {
  /** What all ids of theirs are made of: it outlasts a change of the worker id. */
  readonly id: string;
  /** The employee id of the present employment, or of the last. */
  readonly workerId: string;
  readonly name: string;
  /** What stands before the @. */
  readonly user: string;
  readonly department: string;
  readonly joinedDaysAgo: number;
  readonly entra?: EntraUser | undefined;
  readonly workspace?: WorkspaceUser | undefined;
}

export interface EntraUser {
  /** `deleted` can still be restored. */
  readonly state: "enabled" | "disabled" | "deleted";
  /** When it was disabled, or deleted. */
  readonly endedDaysAgo?: number;
  readonly lastSignInDaysAgo?: number;
  /** Part numbers of the licences assigned to them. */
  readonly seats: readonly string[];
  /** Groups of their site that they are a direct member of. */
  readonly groups: readonly string[];
  /** Applications that they are assigned to themselves, and not through a group. */
  readonly assigned?: readonly string[];
  readonly consents?: readonly Consent[];
  readonly roles?: readonly DirectoryRole[];
  readonly device?: boolean;
}

/** What a user let an application do. */
export interface Consent {
  readonly app: string;
  readonly scopes: readonly string[];
}

export interface DirectoryRole {
  /** One of ROLES. */
  readonly role: string;
  /** It has to be activated first. */
  readonly eligible?: boolean;
  readonly endsInDays?: number;
}

export interface WorkspaceUser {
  /** `deleted` can still be restored. */
  readonly state: "active" | "suspended" | "deleted";
  readonly endedDaysAgo?: number;
  readonly lastSignInDaysAgo?: number;
  readonly seat?: boolean;
  /** Local parts of the addresses of groups that they are a direct member of. */
  readonly groups: readonly string[];
  readonly tokens?: readonly Consent[];
}

/** This company disables at leaving, deletes in Entra ID after a year and in Workspace after half a year. */
const KEPT = { entra: 365, workspace: 180 };
/** For how long the systems let a deleted user be restored. */
const RESTORABLE = { entra: 30, workspace: 20 };

export const STAFF = "All staff";
export const SKETCHWALL = "Sketchwall";
export const MEETGRID = "Meetgrid";

/** Departments whose people work in Google Cloud, through a group of Workspace. */
export const CLOUD_DEPARTMENTS: readonly string[] = [
  "Platform Engineering",
  "Product Development",
  "Data & Analytics",
];

/** `Data & Analytics` is `data-analytics` in addresses. */
export const slug = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");

/**
 * What somebody has who joined, and perhaps left, as it should be: nothing is left of a leaver but the disabled
 * accounts, unless the company forgets. The rows are the same person's, the oldest first.
 */
export function usualMember(id: string, rows: readonly Worker[], company: Company): Member {
  const [first] = rows;
  const current = rows.at(-1);
  if (first === undefined || current === undefined) throw new Error(`no rows of person ${id}`);
  const rng = random("directory", company.seed, id);
  const isContingent = current.type === "Contingent Worker";
  const [address = ""] = current.emails;
  const base = {
    id,
    workerId: current.workerId,
    name: current.name,
    user: address.toLowerCase().slice(0, address.indexOf("@")),
    department: current.department,
    joinedDaysAgo: -current.startsIn,
  };
  // Whoever starts in the future gets accounts on the first day.
  if (current.startsIn > 0) return base;
  const entra: EntraUser = {
    state: "enabled",
    lastSignInDaysAgo: rng.between(0, 12),
    seats: [rng.chance(0.3) ? "SPE_E5" : "SPE_E3", ...(rng.chance(0.15) ? ["POWER_BI_PRO"] : [])],
    groups: [STAFF, current.department],
    consents: rng.chance(0.2) ? [{ app: SKETCHWALL, scopes: ["openid", "profile", "User.Read"] }] : [],
    device: !isContingent && rng.chance(0.8),
  };
  const workspace: WorkspaceUser | undefined = rng.chance(0.85)
    ? {
        state: "active",
        lastSignInDaysAgo: rng.between(0, 20),
        seat: true,
        groups: [slug(current.department)],
        tokens: rng.chance(0.3) ? [{ app: MEETGRID, scopes: CALENDAR }] : [],
      }
    : undefined;
  const leftDaysAgo = hasLeft(current) ? -(current.endsIn ?? 0) : undefined;
  if (leftDaysAgo === undefined) return { ...base, entra, workspace };
  return {
    ...base,
    entra: rng.next() < company.forgotten ? entra : formerEntra(leftDaysAgo),
    workspace:
      workspace === undefined || rng.next() < company.forgotten ? workspace : formerWorkspace(leftDaysAgo),
  };
}

const CALENDAR = [
  "https://www.googleapis.com/auth/calendar.events",
  "https://www.googleapis.com/auth/userinfo.email",
  "openid",
];

/** Of a contingent worker the status decides, of others the last day. */
function hasLeft({ type, status, endsIn }: Worker): boolean {
  if (status === HR_STATUSES.terminated) return true;
  return type !== "Contingent Worker" && endsIn !== undefined && endsIn < 0;
}

export function formerEntra(leftDaysAgo: number): EntraUser | undefined {
  const deleted = leftDaysAgo - KEPT.entra;
  if (deleted > RESTORABLE.entra - 2) return undefined;
  const shared = { lastSignInDaysAgo: leftDaysAgo, seats: [], groups: [] };
  return deleted > 0
    ? { ...shared, state: "deleted", endedDaysAgo: deleted }
    : { ...shared, state: "disabled", endedDaysAgo: leftDaysAgo };
}

export function formerWorkspace(leftDaysAgo: number): WorkspaceUser | undefined {
  const deleted = leftDaysAgo - KEPT.workspace;
  if (deleted > RESTORABLE.workspace - 2) return undefined;
  const shared = { lastSignInDaysAgo: leftDaysAgo, groups: [] };
  return deleted > 0
    ? { ...shared, state: "deleted", endedDaysAgo: deleted }
    : { ...shared, state: "suspended", endedDaysAgo: leftDaysAgo };
}

export const mailOf = (user: string) => `${user}@${DOMAIN}`;
