import { type Block, PROD } from "./company.js";
import {
  type AppRoleSpec,
  type AppSpec,
  entraIds,
  GLOBAL_ADMINISTRATOR,
  GRAPH,
  type GuestSpec,
  graphRole,
  siteApps,
  tenantApps,
  USER_ROLE,
} from "./entra-model.js";
import { type DirectoryRole, type EntraUser, type Member, STAFF } from "./members.js";
import { guestNameAt, UNITS } from "./names.js";
import { workerIdOf } from "./people.js";

/** A stretch of the tenant: the people of one block and what is theirs. The first holds the whole tenant's as well. */
export interface EntraSite {
  readonly site: string;
  /** Everybody who is listed. */
  readonly users: readonly EntraMember[];
  readonly deleted: readonly EntraMember[];
  readonly guests: readonly GuestSpec[];
  readonly groups: readonly GroupSpec[];
  readonly apps: readonly AppSpec[];
  readonly assignments: readonly Assignment[];
  readonly grants: readonly Grant[];
  readonly roles: readonly Assigned[];
}

export interface EntraMember extends Member {
  readonly entra: EntraUser;
}
export interface GroupSpec {
  readonly id: string;
  readonly name: string;
  /** Ids of users. */
  readonly members: readonly string[];
  readonly owner: string;
}
/** Somebody, or something, assigned to an application. */
export interface Assignment {
  readonly app: string;
  readonly role: AppRoleSpec;
  readonly type: "User" | "Group" | "ServicePrincipal";
  readonly id: string;
  readonly name: string;
}
export interface Grant {
  readonly app: string;
  readonly scopes: readonly string[];
  /** User id; undefined where an administrator consented for all. */
  readonly user?: string;
}
export interface Assigned extends DirectoryRole {
  readonly user: string;
  /** What it is limited to. */
  readonly scope: string;
}

const isEntra = (member: Member): member is EntraMember => member.entra !== undefined;
export const isRegistered = ({ kind }: AppSpec) => kind === "own" || kind === "gallery";

const GROUP_NAMES = [STAFF, ...UNITS.map(({ department }) => department)];

export function entraSite(block: Block, seed: string): EntraSite {
  const { site, head, isFirst, stories } = block;
  const all = block.members.filter(isEntra);
  const users = all.filter(({ entra }) => entra.state !== "deleted");
  const tenant = tenantApps(workerIdOf(8), PROD);
  const told = stories.flatMap(({ entra }) => entra?.applications ?? []);
  const own = siteApps(site, head, block.jobsSubject);
  const apps = isFirst ? [...tenant, ...told, ...own] : own;
  return {
    site,
    users,
    deleted: all.filter(({ entra }) => entra.state === "deleted"),
    guests: [...stories.flatMap(({ entra }) => entra?.guests ?? []), ...guestsOf(block)],
    groups: GROUP_NAMES.map((name) => ({
      id: entraIds.group(seed, site, name),
      name: `${name} (${site})`,
      members: users
        .filter(({ entra }) => entra.groups.includes(name))
        .map(({ id }) => entraIds.user(seed, id)),
      owner: entraIds.user(seed, head),
    })),
    apps,
    assignments: assignmentsOf(block, seed, users, tenant, apps),
    grants: grantsOf(seed, users, apps),
    roles: rolesOf(block, seed, users),
  };
}

/** People per guest. */
const GUEST_SHARE = 40;
const PARTNERS = ["fjordline.example", "brightwater.example", "northgate.example"];

/** People of partners, each with a sponsor who is here: a manager. */
function guestsOf({ from, members }: Block): readonly GuestSpec[] {
  const managers = Math.max(1, Math.floor(members.length / 16));
  return Array.from({ length: Math.floor(members.length / GUEST_SHARE) }, (_, nth): GuestSpec => {
    const { first, last } = guestNameAt(Math.floor(from / GUEST_SHARE) + nth);
    return {
      name: `${first} ${last}`,
      email: `${first}.${last}@${PARTNERS[nth % PARTNERS.length] ?? ""}`.toLowerCase(),
      sponsors: [workerIdOf(from + 8 * (nth % managers))],
      createdDaysAgo: 90 + ((nth * 37) % 400),
      lastSignInDaysAgo: (nth * 5) % 40,
    };
  });
}

function assignmentsOf(
  { site, isFirst }: Block,
  seed: string,
  users: readonly EntraMember[],
  tenant: readonly AppSpec[],
  apps: readonly AppSpec[],
): readonly Assignment[] {
  // The groups of every site are assigned to the tenant's applications.
  const groups = tenant.flatMap(({ name: app, assigned }): Assignment[] => {
    if (assigned === undefined || (assigned.sites === "first" && !isFirst)) return [];
    const { group, role } = assigned;
    const id = entraIds.group(seed, site, group);
    return [{ app, role, type: "Group", id, name: `${group} (${site})` }];
  });
  const people = users.flatMap(({ id, name, entra }) =>
    (entra.assigned ?? []).map(
      (app): Assignment => ({ app, role: USER_ROLE, type: "User", id: entraIds.user(seed, id), name }),
    ),
  );
  const software = apps.flatMap(({ name, permissions }) =>
    (permissions ?? []).map((value): Assignment => {
      const id = entraIds.servicePrincipal(seed, name);
      return { app: GRAPH, role: graphRole(value), type: "ServicePrincipal", id, name };
    }),
  );
  return [...groups, ...people, ...software];
}

function grantsOf(seed: string, users: readonly EntraMember[], apps: readonly AppSpec[]): readonly Grant[] {
  const admin = apps.flatMap(({ name, adminConsent }): Grant[] =>
    adminConsent === undefined ? [] : [{ app: name, scopes: adminConsent }],
  );
  const own = users.flatMap(({ id, entra }) =>
    (entra.consents ?? []).map((consent): Grant => ({ ...consent, user: entraIds.user(seed, id) })),
  );
  return [...admin, ...own];
}

/** Who administers: people who are here, and whoever a story says. */
function rolesOf(
  { site, from, isFirst }: Block,
  seed: string,
  users: readonly EntraMember[],
): readonly Assigned[] {
  const manager = (index: number) => entraIds.user(seed, workerIdOf(index));
  const everywhere: readonly Assigned[] = [
    { role: GLOBAL_ADMINISTRATOR, user: manager(8), scope: "/" },
    { role: GLOBAL_ADMINISTRATOR, user: manager(16), scope: "/", eligible: true, endsInDays: 160 },
    { role: "User Administrator", user: manager(24), scope: "/", eligible: true },
  ];
  const scope = `/administrativeUnits/${entraIds.unit(seed, site)}`;
  return [
    ...(isFirst ? everywhere : []),
    { role: "Helpdesk Administrator", user: manager(from), scope, endsInDays: 90 },
    ...users.flatMap(({ id, entra }) =>
      (entra.roles ?? []).map((role) => ({ ...role, user: entraIds.user(seed, id), scope: "/" })),
    ),
  ];
}
