/**
 * What each common property means and what it is used for, by `Label.property`, by `EDGE_TYPE.property` or, where it is
 * the same everywhere, by the property alone. A collector that names one of these means this; what only one system has
 * is explained by its own collector. docs/collected.md is made of it.
 */
export const PROPERTY_USES = {
  // What every entity may have.
  name: "what people read: in findings, paths, exports and search",
  aliases: "other names it is known by; ties references of other systems and addresses of people to it",
  status: "whether it can be used at all; a finding on it is proved removed when a read sees it turned off",
  createdAt:
    "when it was made: since when access can have existed, and whether a name was given to somebody else",
  description: "what its owners say it is for; shown beside it",
  environment: "which environment a resource belongs to; shown beside it",

  // Who works here: HR.
  "Employment.workerId": "names the employment in findings; accounts that carry it are tied to the worker",
  "Employment.universalId": "ties several worker ids of one human together",
  "Employment.emails": "ties accounts with the same address to the worker",
  "Employment.status": "whether the employment is active, on leave, over or has not begun",
  "Employment.start": "first day, as HR wrote it; shown",
  "Employment.end": "last day, as HR wrote it; shown in findings as the last day",
  "Employment.startsAt": "instant at which the employment begins: before it nobody is employed",
  "Employment.endsAt": "instant at which the employment ends: from then on the worker is a leaver",
  "Employment.type":
    "employee or contingent; an employment that replaces another tells a conversion from a departure",
  "Employment.department": "where somebody works or worked; shown to reviewers",
  "Employment.title": "what somebody does or did; shown to reviewers",
  "Employment.manager": "who is asked about a leaver's access; becomes REPORTS_TO",
  "Employment.zone": "time zone in which its days begin and end",
  "Employment.roster": "whether leavers are marked in the file or vanish from it",

  // Who can sign in.
  username: "the name somebody signs in with; ties it to a person where user names are people's",
  email: "ties the account to a person with the same address, and to references by address",
  employeeId: "ties the account to the worker with the same id",
  accountType: "human, service, shared, guest or break-glass: decides which rules judge it",
  accountTypeEvidence: "why it is taken for that type; shown beside the type",
  lastLoginAt: "newest sign-in that the system knows; tells access that is used from access that is not",
  mfa: "whether a second factor is asked for; shown with the account",
  userType: "member or guest, in the system's words",
  suspended: "why a disabled account is disabled",
  sessionsValidFrom: "since when sessions count: those from before it have ended",
  passwordChangedAt: "when the password was changed last; kept for whoever asks if it outlived a person",
  leaveAt:
    "the day that the directory itself expects somebody to leave on; compared with HR by whoever looks",

  // What software acts as.
  nhiType:
    "role, service account, service principal, managed identity; shown, and part of what a rule asks about",
  managedBy:
    "provider or customer: what the provider owns is outside the non-human identities that are judged",
  purpose: "what a non-human identity is for; shown to whoever must find it an owner",
  accountEnabled: "whether it may sign in, in the system's words",
  appId: "the application's id that all tenants know; ties service principals to applications",

  // What opens doors.
  credentialType:
    "key, secret, certificate, signing, token or federation; decides what must be done to end it",
  "Credential.status":
    "whether it still works; a finding on it is proved removed when a read sees it turned off",
  expiresAt: "from when it no longer works by itself",
  lastUsedAt: "newest use that the system knows; left out where it does not say, and never guessed",
  rotatedAt: "when it was last replaced; kept for whoever asks if it outlived a person",

  // What it opens.
  privilege: "admin, privileged, write or read: decides how severe a finding is",
  privilegeWhy: "why it is taken for that privilege; kept with it",
  effectivePrivilege: "the most that all its policies together allow; decides how severe a finding is",
  effectivePrivilegeWhy: "why it is taken for that; shown beside it",
  limitedBy: "what takes away from the privilege: a boundary, a denial; shown beside it",
  confers: "`impersonate` where the entitlement lets its holder act as the identities inside its resource",
  role: "the role that gives it, in the system's words",
  scope: "how far it reaches, in the system's words",

  // Applications, and what people let them do.
  publisher: "who made an application; tells third parties",
  firstParty: "whether the provider made it: its own applications are no finding",
  scopes: "what an application may do in the name of whoever consented",
  consentType: "a user's consent for themselves, or an administrator's for everybody",
  assignmentRequired: "whether only those assigned may sign in, or everybody",
  signsInTo: "what it signs its users in to elsewhere; makes SIGNS_IN_AS across systems",
  value: "the claim that an application role puts into a token; ties it to a role elsewhere",

  // Seats.
  sku: "which paid licence it is",
  costPerSeat: "what a seat costs; what a leaver's seat costs is in the finding",
  currency: "of the cost",
  renewsOn: "until when a seat is paid for",
  seats: "how many seats were bought",
  seatsUsed: "how many are taken, by the system's own count",

  // Links.
  assignment: "active, or eligible: held only after activating it",
  startsAt: "from when it holds; before it, it is no access",
  endsAt: "until when it holds; after it, it is no access",
  condition: "what must hold besides, as the system wrote it; the path is then less certain",
  directMembersOnly: "the system does not pass it on through nested groups",
  basis: "declared, tag, creator or mapping: how sure an owner is",
  evidence: "what says so; shown to whoever doubts it",
  via: "how it was given; kept for whoever must end it",
  trust: "who is let in: an account as a whole, a service, a federation; decides where it is cut",
} as const satisfies Readonly<Record<string, string>>;

/** What a property of a node's label or an edge's type is used for; undefined where only its collector can say. */
export function useOf(labelOrType: string, property: string): string | undefined {
  const uses: Readonly<Record<string, string>> = PROPERTY_USES;
  return uses[`${labelOrType}.${property}`] ?? uses[property];
}
