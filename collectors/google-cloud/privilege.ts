import type { Privilege } from "../../src/model/index.js";

export interface Assessment {
  readonly privilege: Privilege;
  readonly why: string;
  /** It lets one act as the service accounts that it is held on, or above. */
  readonly acts: boolean;
}

/** By any of them one acts as an account at once. https://cloud.google.com/iam/docs/service-account-permissions */
const ACTING = new Set([
  "iam.serviceAccounts.actAs",
  "iam.serviceAccounts.getAccessToken",
  "iam.serviceAccounts.getOpenIdToken",
  "iam.serviceAccounts.implicitDelegation",
  "iam.serviceAccounts.signBlob",
  "iam.serviceAccounts.signJwt",
  "iam.serviceAccountKeys.create",
]);

/**
 * Basic roles: the newer ones, and those from before IAM, which each is described as the like of.
 * https://cloud.google.com/iam/docs/roles-overview#basic
 */
const BASIC: Readonly<Record<string, Assessment>> = {
  "roles/admin": { privilege: "admin", why: "everything, and who has access", acts: true },
  // The reference leaves to the console whether it may act as service accounts. It holds what the editor does: reported
  // as acting it is at worst looked at in vain, and left out it would hide whoever gets on through an account.
  "roles/writer": {
    privilege: "write",
    why: "changes most resources, and is taken to act as the service accounts, as an editor may",
    acts: true,
  },
  "roles/reader": { privilege: "read", why: "sees most resources", acts: false },
  "roles/owner": { privilege: "admin", why: "everything, and who has access", acts: true },
  "roles/editor": {
    privilege: "write",
    why: "changes most resources, and may act as the service accounts",
    acts: true,
  },
  "roles/viewer": { privilege: "read", why: "sees most resources", acts: false },
};

/** What Google's reference says of these roles. https://cloud.google.com/iam/docs/understanding-roles */
const DOCUMENTED: Readonly<Record<string, Assessment>> = {
  "roles/browser": { privilege: "read", why: "sees the hierarchy", acts: false },
  "roles/resourcemanager.organizationAdmin": policies("the organisation"),
  "roles/resourcemanager.folderAdmin": policies("folders"),
  "roles/resourcemanager.folderIamAdmin": policies("folders"),
  "roles/resourcemanager.projectIamAdmin": policies("projects"),
  "roles/iam.securityAdmin": policies("every resource"),
  "roles/iam.organizationRoleAdmin": {
    privilege: "admin",
    why: "changes what custom roles allow",
    acts: false,
  },
  "roles/iam.roleAdmin": { privilege: "admin", why: "changes what custom roles allow", acts: false },
  "roles/iam.serviceAccountUser": acting("attaches service accounts to what it runs"),
  "roles/iam.serviceAccountTokenCreator": acting("makes tokens of service accounts"),
  "roles/iam.serviceAccountOpenIdTokenCreator": acting("makes identity tokens of service accounts"),
  "roles/iam.workloadIdentityUser": acting("acts as service accounts from outside"),
  "roles/iam.serviceAccountKeyAdmin": acting("makes keys of service accounts"),
  "roles/iam.serviceAccountAdmin": {
    privilege: "privileged",
    why: "says who may act as service accounts",
    acts: false,
  },
  "roles/iam.workloadIdentityPoolAdmin": {
    privilege: "privileged",
    why: "says which identities from outside are trusted",
    acts: false,
  },
  "roles/secretmanager.secretAccessor": { privilege: "privileged", why: "reads secrets", acts: false },
  "roles/iam.securityReviewer": { privilege: "read", why: "sees resources and who has access", acts: false },
};

function policies(of: string): Assessment {
  return { privilege: "admin", why: `says who has access to ${of}`, acts: false };
}
function acting(why: string): Assessment {
  return { privilege: "privileged", why, acts: true };
}

export const isBasicRole = (role: string) => Object.hasOwn(BASIC, role);
export const isCustomRole = (role: string) => /^(organizations|projects)\/[^/]+\/roles\/[^/]+$/.test(role);

/**
 * What a basic or predefined role lets one do: as its documentation says, or by the word that Google ends the names of
 * its kinds of roles with. A name that says nothing is unknown.
 */
export function ofPredefined(role: string): Assessment {
  const documented = BASIC[role] ?? DOCUMENTED[role];
  if (documented !== undefined) return documented;
  const last = role.slice(role.lastIndexOf(".") + 1);
  const named = (privilege: Privilege): Assessment => ({
    privilege,
    why: `the role's name ends in ${last}`,
    acts: false,
  });
  if (/(?:^a|A)dmin$|(?:^o|O)wner$/.test(last)) return named("privileged");
  if (/(?:^v|V)iewer$|(?:^r|R)eader$|(?:^l|L)ister$|(?:^b|B)rowser$|(?:^a|A)uditor$/.test(last))
    return named("read");
  if (
    /(?:^e|E)ditor$|(?:^w|W)riter$|(?:^c|C)reator$|(?:^d|D)eveloper$|(?:^p|P)ublisher$|(?:^c|C)ontributor$|(?:^d|D)eployer$/.test(
      last,
    )
  )
    return named("write");
  return { privilege: "unknown", why: `what ${role} lets one do is not known here`, acts: false };
}

const READS = /^(get|list|search|query|read|view|lookup|test|analyze)/i;

/** What a custom role lets one do, by its permissions. `undefined` where the answer did not hold them. */
export function ofPermissions(role: {
  readonly includedPermissions?: readonly string[] | undefined;
  readonly deleted?: boolean | undefined;
  readonly stage?: string | undefined;
}): Assessment {
  const permissions = role.includedPermissions;
  if (role.deleted === true || role.stage === "DISABLED") {
    const why = role.deleted === true ? "the role is deleted" : "the role is disabled";
    return { privilege: "unknown", why: `${why}: it gives nothing until it is restored`, acts: false };
  }
  if (permissions === undefined)
    return { privilege: "unknown", why: "its permissions were not given", acts: false };
  const acts = permissions.filter((permission) => ACTING.has(permission)).sort();
  const found = (test: (permission: string) => boolean) => permissions.filter(test).sort()[0];
  const isActing = acts.length > 0;
  const admin = found(
    (permission) =>
      /^resourcemanager\.(organizations|folders|projects)\.setIamPolicy$/.test(permission) ||
      permission === "iam.roles.update",
  );
  if (admin !== undefined) return { privilege: "admin", why: `it includes ${admin}`, acts: isActing };
  const privileged =
    acts[0] ??
    found(
      (permission) => permission.endsWith(".setIamPolicy") || permission === "secretmanager.versions.access",
    );
  if (privileged !== undefined)
    return { privilege: "privileged", why: `it includes ${privileged}`, acts: isActing };
  const write = found((permission) => !READS.test(permission.slice(permission.lastIndexOf(".") + 1)));
  if (write !== undefined) return { privilege: "write", why: `it includes ${write}`, acts: false };
  return permissions.length === 0
    ? { privilege: "unknown", why: "it includes no permission", acts: false }
    : { privilege: "read", why: "it only includes permissions that read", acts: false };
}
