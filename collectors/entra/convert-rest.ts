import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { type Context, enabledOf, entriesOf, noteTotal, present } from "./convert-directory.js";
import {
  appKey,
  deviceKey,
  groupKey,
  instantOf,
  mailboxKey,
  objectAlias,
  objectKey,
  spKey,
  userKey,
} from "./names.js";
import {
  DELETED_APPLICATIONS,
  DELETED_GROUPS,
  DELETED_SERVICE_PRINCIPALS,
  DELETED_USERS,
  DEVICES,
  edge,
  node,
} from "./records.js";
import {
  deletedApplicationShape,
  deletedGroupShape,
  deletedServicePrincipalShape,
  deletedUserShape,
  deviceShape,
  listPage,
  messageRuleShape,
  objectsPage,
} from "./shapes.js";

export function* convertDevices(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const { source } = context;
  const page = listPage.parse(raw);
  noteTotal(page, DEVICES, "EntraDevice", context);
  for (const device of entriesOf(page.value, deviceShape, "device", context)) {
    const key = deviceKey(source, device.id);
    yield node(
      "Resource",
      "EntraDevice",
      key,
      {
        name: present(device.displayName) ?? device.id,
        deviceId: present(device.deviceId),
        status: enabledOf(device.accountEnabled),
        operatingSystem: present(device.operatingSystem),
        trustType: present(device.trustType),
        lastUsedAt: instantOf(device.approximateLastSignInDateTime),
      },
      [objectAlias(device.id)],
    );
    for (const owner of device.registeredOwners ?? []) {
      const to = objectKey(source, owner["@odata.type"] ?? undefined, owner.id);
      yield edge("OWNED_BY", key, to, { basis: "declared", evidence: "registered owner" });
    }
  }
}

/** Entra ID puts the user's id before the name of who was deleted, to set the name free. */
function formerName(id: string, username: string | undefined): string | undefined {
  const prefix = id.replaceAll("-", "").toLowerCase();
  return username?.toLowerCase().startsWith(prefix) === true ? username.slice(prefix.length) : username;
}

export function* convertDeletedUsers(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, DELETED_USERS, "EntraUser", context);
  for (const user of entriesOf(page.value, deletedUserShape, "deleted user", context)) {
    const username = formerName(user.id, present(user.userPrincipalName));
    const email = present(user.mail)?.toLowerCase();
    const guest = user.userType === "Guest";
    yield node(
      "Account",
      "EntraUser",
      userKey(context.source, user.id),
      {
        name: present(user.displayName) ?? username ?? user.id,
        username,
        email,
        employeeId: present(user.employeeId),
        status: "deleted",
        userType: present(user.userType),
        ...(guest ? { accountType: "guest", accountTypeEvidence: "userType is Guest" } : {}),
        deletedAt: instantOf(user.deletedDateTime),
      },
      [
        objectAlias(user.id),
        ...(username === undefined ? [] : [username]),
        ...(email === undefined ? [] : [email]),
      ],
    );
  }
}

export function* convertDeletedGroups(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, DELETED_GROUPS, "EntraGroup", context);
  for (const group of entriesOf(page.value, deletedGroupShape, "deleted group", context)) {
    yield node(
      "Group",
      "EntraGroup",
      groupKey(context.source, group.id),
      {
        name: present(group.displayName) ?? group.id,
        email: present(group.mail)?.toLowerCase(),
        status: "deleted",
        deletedAt: instantOf(group.deletedDateTime),
      },
      [objectAlias(group.id)],
    );
  }
}

export function* convertDeletedApplications(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, DELETED_APPLICATIONS, "EntraApplication", context);
  for (const app of entriesOf(page.value, deletedApplicationShape, "deleted application", context)) {
    const appId = app.appId.toLowerCase();
    yield node("Application", "EntraApplication", appKey(context.source, appId), {
      name: present(app.displayName) ?? appId,
      appId,
      status: "deleted",
      deletedAt: instantOf(app.deletedDateTime),
    });
  }
}

export function* convertDeletedServicePrincipals(raw: RawPage, context: Context): Iterable<GraphRecord> {
  const page = listPage.parse(raw);
  noteTotal(page, DELETED_SERVICE_PRINCIPALS, "EntraServicePrincipal", context);
  for (const sp of entriesOf(
    page.value,
    deletedServicePrincipalShape,
    "deleted service principal",
    context,
  )) {
    yield node(
      "NonHumanIdentity",
      "EntraServicePrincipal",
      spKey(context.source, sp.id),
      {
        name: present(sp.displayName) ?? sp.id,
        nhiType: sp.servicePrincipalType === "ManagedIdentity" ? "managedIdentity" : "servicePrincipal",
        appId: present(sp.appId)?.toLowerCase(),
        status: "deleted",
        deletedAt: instantOf(sp.deletedDateTime),
      },
      [objectAlias(sp.id)],
    );
  }
}

/** Mailboxes whose rules send mail elsewhere; of others there is nothing to say. */
export function* convertMailForwarding(raw: RawPage, context: Context): Iterable<GraphRecord> {
  for (const { id, value, closed } of objectsPage.parse(raw).objects) {
    const addresses = new Set<string>();
    for (const { isEnabled, actions } of entriesOf(value, messageRuleShape, "inbox rule", context)) {
      if (isEnabled === false) continue;
      for (const list of [actions?.forwardTo, actions?.forwardAsAttachmentTo, actions?.redirectTo]) {
        for (const { emailAddress } of list ?? []) {
          const address = present(emailAddress?.address);
          if (address !== undefined) addresses.add(address.toLowerCase());
        }
      }
    }
    const key = mailboxKey(context.source, id);
    const forwardsTo = [...addresses].sort();
    if (forwardsTo.length === 0 && closed !== true) continue;
    yield closed === true
      ? // Its rules come back with it, so what it forwarded to before stays.
        node("Resource", "EntraMailbox", key, { name: "mailbox that is closed" }, [], ["name", "forwardsTo"])
      : node("Resource", "EntraMailbox", key, {
          name: `mailbox that forwards to ${forwardsTo[0] ?? ""}`,
          forwardsTo,
        });
    yield edge("OWNED_BY", key, userKey(context.source, id), { basis: "declared", evidence: "mailbox" });
  }
}
