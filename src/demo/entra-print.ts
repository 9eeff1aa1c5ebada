import {
  type AppSpec,
  ENTRA_DOMAIN,
  entraIds,
  type GuestSpec,
  MICROSOFT,
  ROLES,
  SKUS,
  TENANT,
} from "./entra-model.js";
import {
  type Assigned,
  type EntraMember,
  type EntraSite,
  type GroupSpec,
  isRegistered,
} from "./entra-site.js";
import { guid } from "./ids.js";
import { ahead, instant, type Printing } from "./instants.js";
import { mailOf, slug } from "./members.js";
import { chunks, paged, type Stretch } from "./pages.js";
import { DOMAIN } from "./people.js";

/**
 * A stretch of the tenant in the form that Microsoft Graph answers: a page a line in `<stream>.ndjson`, lists of one
 * object as `{"id": …, "value": […]}`. https://learn.microsoft.com/graph/api/overview
 */

/** What the systems' own totals are made of. */
export interface EntraTotals {
  readonly lists: Map<string, number>;
  readonly assignments: Map<string, number>;
  readonly seats: Map<string, number>;
}

export const noEntraTotals = (): EntraTotals => ({
  lists: new Map(),
  assignments: new Map(),
  seats: new Map(),
});

export function addEntra({ lists, assignments, seats }: EntraTotals, site: EntraSite): void {
  const add = (counts: Map<string, number>, key: string, more = 1) =>
    counts.set(key, (counts.get(key) ?? 0) + more);
  add(lists, "users", site.users.length + site.guests.length);
  add(lists, "deleted-users", site.deleted.length);
  add(lists, "groups", site.groups.length);
  add(lists, "administrative-units");
  add(lists, "service-principals", site.apps.length);
  add(lists, "applications", site.apps.filter(isRegistered).length);
  add(lists, "oauth-grants", site.grants.length);
  add(lists, "devices", site.users.filter(({ entra }) => entra.device === true).length);
  for (const { app } of site.assignments) add(assignments, app);
  for (const { entra } of site.users) for (const seat of entra.seats) add(seats, seat);
}

/** The largest pages and batches there are. */
const PAGE = 999;
const PAGE_WITH_SIGN_INS = 500;
const BATCH = 20;

type Pages = Iterable<unknown>;
interface Printer extends Printing {
  readonly site: EntraSite;
  readonly stretch: Stretch;
  readonly totals: EntraTotals;
}

/** Pages of every stream, in the collector's order. */
export const ENTRA_STREAMS: Readonly<Record<string, (printer: Printer) => Pages>> = {
  tenant: once((printing) => [
    {
      id: TENANT,
      displayName: "Larkfield Instruments",
      createdDateTime: instant(printing, 3_400),
      verifiedDomains: [DOMAIN, ENTRA_DOMAIN].map((name) => ({ name, isDefault: name === DOMAIN })),
    },
  ]),
  licenses: once(({ totals }) =>
    Object.entries(SKUS).map(([skuPartNumber, { id }]) => {
      const consumedUnits = totals.seats.get(skuPartNumber) ?? 0;
      return {
        skuId: id,
        skuPartNumber,
        capabilityStatus: "Enabled",
        appliesTo: "User",
        consumedUnits,
        prepaidUnits: { enabled: Math.ceil((consumedUnits + 1) / 25) * 25 },
      };
    }),
  ),
  "administrative-units": list("administrative-units", PAGE, ({ seed, site: { site } }) => [
    { id: entraIds.unit(seed, site), displayName: site },
  ]),
  users: list("users", PAGE_WITH_SIGN_INS, (printer) => [
    ...printer.site.users.map((user) => userObject(user, printer)),
    ...printer.site.guests.map((guest) => guestObject(guest, printer)),
  ]),
  "guest-sponsors": each(({ seed, site }) =>
    site.guests.map(({ email, sponsors }) => ({
      id: entraIds.guest(seed, email),
      value: sponsors.map((id) => userRef(entraIds.user(seed, id))),
    })),
  ),
  groups: list("groups", PAGE, (printer) => printer.site.groups.map((group) => groupObject(group, printer))),
  "group-members": each(({ site }) =>
    site.groups.map(({ id, members }) => counted(id, members.map(userRef))),
  ),
  "group-owners": each(({ site }) => site.groups.map(({ id, owner }) => counted(id, [userRef(owner)]))),
  "service-principals": list("service-principals", PAGE, (printer) =>
    printer.site.apps.map((app) => servicePrincipal(app, printer)),
  ),
  "service-principal-owners": each(({ seed, site }) =>
    site.apps
      .filter(({ kind }) => kind !== "managedIdentity")
      .map(({ name, owners }) => ({
        id: entraIds.servicePrincipal(seed, name),
        value: owners.map((id) => userRef(entraIds.user(seed, id))),
      })),
  ),
  applications: list("applications", PAGE, (printer) =>
    printer.site.apps.filter(isRegistered).map((app) => registration(app, printer)),
  ),
  "application-owners": each(({ seed, site }) =>
    site.apps.filter(isRegistered).map(({ name, owners }) =>
      counted(
        entraIds.registration(seed, name),
        owners.map((id) => userRef(entraIds.user(seed, id))),
      ),
    ),
  ),
  "federated-credentials": each(({ seed, site }) =>
    site.apps.filter(isRegistered).map(({ name: app, federated }) => ({
      id: entraIds.registration(seed, app),
      value: (federated ?? []).map((one) => ({ id: guid("entra-federated", seed, app, one.name), ...one })),
    })),
  ),
  "app-role-assignments": each(assignmentLists),
  "oauth-grants": list("oauth-grants", PAGE, ({ seed, site }) =>
    site.grants.map(({ app, scopes, user }) => ({
      id: entraIds.grant(seed, app, user ?? "everybody"),
      clientId: entraIds.servicePrincipal(seed, app),
      consentType: user === undefined ? "AllPrincipals" : "Principal",
      principalId: user ?? null,
      resourceId: entraIds.servicePrincipal(seed, "Microsoft Graph"),
      scope: scopes.join(" "),
    })),
  ),
  "role-schedules": roleList(({ site }) => site.roles.filter(({ eligible }) => eligible !== true)),
  "directory-roles": function* (printer) {
    const value = Object.entries(ROLES).map(([displayName, { id, actions }]) => ({
      id,
      displayName,
      isBuiltIn: true,
      rolePermissions: [{ allowedResourceActions: actions }],
    }));
    if (printer.stretch.isFirst) yield { list: "definitions", value, more: true };
    const active = printer.site.roles.filter(({ eligible }) => eligible !== true);
    yield* paged(active, PAGE, printer.stretch, (items, more) => ({
      ...(more ? { more } : {}),
      value: items.map(({ role, user, scope }) => ({
        id: guid("entra-role-assignment", printer.seed, role, user, scope),
        principalId: user,
        principal: userRef(user),
        roleDefinitionId: ROLES[role]?.id,
        directoryScopeId: scope,
      })),
    }));
  },
  "role-eligibility": roleList(({ site }) => site.roles.filter(({ eligible }) => eligible === true)),
  devices: list("devices", PAGE, (printer) =>
    printer.site.users.filter(({ entra }) => entra.device === true).map((user) => device(user, printer)),
  ),
  "deleted-users": list("deleted-users", PAGE, (printer) =>
    printer.site.deleted.map(({ id, workerId, name, user, entra }) => {
      const objectId = entraIds.user(printer.seed, id);
      return {
        id: objectId,
        displayName: name,
        userPrincipalName: `${objectId.replaceAll("-", "")}${mailOf(user)}`,
        mail: mailOf(user),
        userType: "Member",
        employeeId: workerId,
        deletedDateTime: instant(printer, entra.endedDaysAgo ?? 0),
      };
    }),
  ),
  "deleted-groups": nothing,
  "deleted-applications": nothing,
  "deleted-service-principals": nothing,
  "mail-forwarding": each(({ seed, site }) =>
    site.users.map(({ id }) => ({ id: entraIds.user(seed, id), value: [] })),
  ),
};

const userRef = (id: string) => ({ "@odata.type": "#microsoft.graph.user", id });
const counted = (id: string, value: readonly unknown[]): ObjectList => ({
  id,
  "@odata.count": value.length,
  value,
});

/** A list that the first block holds whole. */
function once(items: (printer: Printer) => readonly unknown[]): (printer: Printer) => Pages {
  return (printer) => (printer.stretch.isFirst ? [{ value: items(printer) }] : []);
}

/** An empty list. */
function nothing({ stretch }: Printer): Pages {
  return stretch.isFirst ? [{ "@odata.count": 0, value: [] }] : [];
}

/** A list with Graph's own count on its first page. */
function list(
  name: string,
  size: number,
  items: (printer: Printer) => readonly unknown[],
): (printer: Printer) => Pages {
  return (printer) =>
    paged(items(printer), size, printer.stretch, (value, more, first) => ({
      ...(first ? { "@odata.count": printer.totals.lists.get(name) ?? 0 } : {}),
      ...(more ? { more } : {}),
      value,
    }));
}

interface ObjectList {
  readonly id: string;
  readonly "@odata.count"?: number;
  readonly value: readonly unknown[];
}

/** Lists of one object each, as batches give them: what is too long for one page follows by itself. */
function each(lists: (printer: Printer) => readonly ObjectList[]): (printer: Printer) => Pages {
  return function* (printer) {
    const all = lists(printer);
    if (all.length === 0 && printer.stretch.isFirst) yield { objects: [] };
    for (const batch of chunks(all, BATCH)) {
      yield { objects: batch.map((one) => ({ ...one, value: one.value.slice(0, PAGE) })) };
      for (const { id, value } of batch)
        for (const rest of chunks(value.slice(PAGE), PAGE)) yield { objects: [{ id, value: rest }] };
    }
  };
}

function roleList(roles: (printer: Printer) => readonly Assigned[]): (printer: Printer) => Pages {
  return (printer) =>
    paged(roles(printer), PAGE, printer.stretch, (items, more) => ({
      ...(more ? { more } : {}),
      value: items.map((one) => {
        const schedule = guid("entra-schedule", printer.seed, one.role, one.user, one.scope);
        return {
          id: `${schedule}-instance`,
          principalId: one.user,
          principal: userRef(one.user),
          roleDefinitionId: ROLES[one.role]?.id,
          directoryScopeId: one.scope,
          memberType: "Direct",
          ...(one.eligible === true
            ? { roleEligibilityScheduleId: schedule }
            : { assignmentType: "Assigned" }),
          startDateTime: instant(printer, 205),
          endDateTime: one.endsInDays === undefined ? null : ahead(printer, one.endsInDays),
        };
      }),
    }));
}

/** Who is assigned to each application; the count stands where the application itself is. */
function assignmentLists({ seed, site, totals, ...printing }: Printer): readonly ObjectList[] {
  const byApp = new Map<string, unknown[]>();
  const isHere = new Set(site.apps.filter(({ kind }) => kind !== "managedIdentity").map(({ name }) => name));
  for (const name of isHere) byApp.set(name, []);
  for (const { app, role, type, id, name } of site.assignments) {
    const found = byApp.get(app) ?? [];
    byApp.set(app, found);
    found.push({
      id: guid("entra-assignment", seed, app, id, role.id),
      appRoleId: role.id,
      principalId: id,
      principalType: type,
      principalDisplayName: name,
      resourceId: entraIds.servicePrincipal(seed, app),
      createdDateTime: instant({ seed, ...printing }, 700),
    });
  }
  return [...byApp].map(([name, value]) => ({
    id: entraIds.servicePrincipal(seed, name),
    ...(isHere.has(name) ? { "@odata.count": totals.assignments.get(name) ?? 0 } : {}),
    value,
  }));
}

function userObject(member: EntraMember, printing: Printing): unknown {
  const { id, workerId, name, user, joinedDaysAgo, entra } = member;
  const enabled = entra.state === "enabled";
  const signIn = entra.lastSignInDaysAgo;
  return {
    id: entraIds.user(printing.seed, id),
    displayName: name,
    userPrincipalName: mailOf(user),
    mail: mailOf(user),
    proxyAddresses: [`SMTP:${mailOf(user)}`, `smtp:${user}@corp.${DOMAIN}`],
    accountEnabled: enabled,
    userType: "Member",
    employeeId: workerId,
    createdDateTime: instant(printing, joinedDaysAgo),
    signInSessionsValidFromDateTime: instant(
      printing,
      enabled ? Math.min(joinedDaysAgo, 60) : (entra.endedDaysAgo ?? 0),
    ),
    lastPasswordChangeDateTime: instant(printing, Math.min(joinedDaysAgo, 300)),
    assignedLicenses: entra.seats.map((sku) => ({ skuId: SKUS[sku]?.id })),
    licenseAssignmentStates: entra.seats.map((sku) => ({ skuId: SKUS[sku]?.id, assignedByGroup: null })),
    signInActivity:
      signIn === undefined
        ? null
        : {
            lastSuccessfulSignInDateTime: instant(printing, signIn, 3),
            lastSignInDateTime: instant(printing, signIn, 3),
          },
  };
}

function guestObject(guest: GuestSpec, printing: Printing): unknown {
  const { name, email, createdDaysAgo, lastSignInDaysAgo } = guest;
  return {
    id: entraIds.guest(printing.seed, email),
    displayName: name,
    userPrincipalName: `${email.replace("@", "_")}#EXT#@${ENTRA_DOMAIN}`,
    mail: email,
    proxyAddresses: [`SMTP:${email}`],
    accountEnabled: true,
    userType: "Guest",
    createdDateTime: instant(printing, createdDaysAgo),
    assignedLicenses: [],
    signInActivity: { lastSuccessfulSignInDateTime: instant(printing, lastSignInDaysAgo, 3) },
  };
}

function groupObject({ id, name }: GroupSpec, printing: Printing): unknown {
  return {
    id,
    displayName: name,
    mail: `${slug(name)}@${DOMAIN}`,
    proxyAddresses: [`SMTP:${slug(name)}@${DOMAIN}`],
    groupTypes: ["Unified"],
    securityEnabled: true,
    mailEnabled: true,
    isAssignableToRole: false,
    visibility: "Private",
    createdDateTime: instant(printing, 1_500),
  };
}

function secretsOf({ name, secrets }: AppSpec, printing: Printing): readonly unknown[] {
  return (secrets ?? []).map((secret) => ({
    keyId: entraIds.secret(printing.seed, name, secret.name),
    displayName: secret.name,
    startDateTime: instant(printing, secret.createdDaysAgo),
    endDateTime: ahead(printing, secret.endsInDays),
  }));
}

function registration(app: AppSpec, printing: Printing): unknown {
  return {
    id: entraIds.registration(printing.seed, app.name),
    appId: entraIds.appId(printing.seed, app),
    displayName: app.name,
    createdDateTime: instant(printing, app.createdDaysAgo ?? 900),
    signInAudience: "AzureADMyOrg",
    passwordCredentials: secretsOf(app, printing),
    keyCredentials: [],
  };
}

function servicePrincipal(app: AppSpec, { seed }: Printing): unknown {
  const appId = entraIds.appId(seed, app);
  const managed = app.kind === "managedIdentity";
  return {
    id: entraIds.servicePrincipal(seed, app.name),
    appId,
    displayName: app.name,
    accountEnabled: true,
    servicePrincipalType: managed ? "ManagedIdentity" : "Application",
    appOwnerOrganizationId: isRegistered(app)
      ? TENANT
      : managed
        ? null
        : app.kind === "microsoft"
          ? MICROSOFT
          : guid("entra-publisher", app.publisher ?? app.name),
    appRoleAssignmentRequired: app.assignmentRequired ?? false,
    servicePrincipalNames: [appId, ...(app.signsInTo ?? [])],
    alternativeNames: app.resourceOf === undefined ? [] : [app.resourceOf],
    verifiedPublisher: app.publisher === undefined ? null : { displayName: app.publisher },
    appRoles: (app.appRoles ?? []).map(({ id, name, value }) => ({
      id,
      displayName: name,
      value: value ?? null,
      isEnabled: true,
    })),
    passwordCredentials: [],
    keyCredentials: [],
  };
}

function device({ id, user, entra }: EntraMember, printing: Printing): unknown {
  const objectId = entraIds.user(printing.seed, id);
  return {
    id: guid("entra-device", printing.seed, id),
    displayName: `LF-${user.slice(0, 12).toUpperCase().replace(".", "-")}`,
    deviceId: guid("entra-device-id", printing.seed, id),
    accountEnabled: true,
    operatingSystem: "Windows",
    trustType: "AzureAd",
    approximateLastSignInDateTime: instant(printing, entra.lastSignInDaysAgo ?? 10, 4),
    registeredOwners: [userRef(objectId)],
  };
}
