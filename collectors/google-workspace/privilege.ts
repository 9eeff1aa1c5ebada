import type { Privilege } from "../../src/model/index.js";

/** What scopes allow, and which of them says so. */
export interface Assessment {
  readonly privilege: Privilege;
  readonly why: string;
}

/**
 * Scopes as https://developers.google.com/identity/protocols/oauth2/scopes lists and describes them, without the
 * beginning that most have in common; those of mail and files are explained in
 * https://developers.google.com/workspace/gmail/api/auth/scopes and …/drive/api/guides/api-specific-auth, those of the
 * Directory API in …/admin/directory/v1/guides/authorizing.
 */
const AUTH = "https://www.googleapis.com/auth/";

/** With these an application has all of somebody's mail, files or cloud, and not only what it made or was shown. */
const PRIVILEGED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "https://mail.google.com/": "reads, sends and deletes all mail",
    "gmail.modify": "reads, sends and changes all mail",
    "gmail.settings.sharing": "forwards mail, and lets others read it",
    drive: "reads, changes and deletes all files",
    "drive.scripts": "changes programs that run as the user",
    "script.projects": "changes programs that run as the user",
    "cloud-platform": "does in Google Cloud whatever the user may",
    "devstorage.full_control": "reads, changes and shares whatever is in Cloud Storage",
  }),
);

const WRITES: ReadonlySet<string> = new Set([
  ...["gmail.send", "gmail.compose", "gmail.insert", "gmail.labels", "gmail.settings.basic"],
  ...["drive.file", "drive.appdata", "drive.appfolder", "drive.metadata", "drive.activity", "drive.install"],
  ...["documents", "spreadsheets", "presentations", "forms", "forms.body", "tasks", "keep", "contacts"],
  ...["calendar", "calendar.events", "calendar.events.owned", "calendar.calendars", "calendar.acls"],
  ...[
    "calendar.app.created",
    "calendar.calendarlist",
    "chat.messages",
    "chat.messages.create",
    "chat.spaces",
  ],
  ...[
    "chat.spaces.create",
    "chat.memberships",
    "meetings.space.created",
    "ediscovery",
    "cloud-identity.groups",
  ],
  ...["apps.licensing", "apps.groups.settings", "apps.groups.migration", "apps.order", "groups"],
  ...["bigquery", "bigquery.insertdata", "compute", "datastore", "devstorage.read_write", "pubsub"],
  ...["photoslibrary", "photoslibrary.appendonly", "youtube", "youtube.upload", "youtube.force-ssl"],
  "https://www.google.com/calendar/feeds/",
  "https://www.google.com/m8/feeds/",
]);

/** Of whoever signed in, and nothing else. https://developers.google.com/identity/protocols/oauth2/scopes#openid-connect */
const PROFILE: ReadonlySet<string> = new Set([
  ...["openid", "email", "profile", "userinfo.email", "userinfo.profile", "plus.me"],
]);

const READS: ReadonlySet<string> = new Set([
  "gmail.metadata",
  "calendar.freebusy",
  "calendar.events.freebusy",
]);
const READ_ONLY = /\.(readonly|read-only|read_only|read)$/;

/** What a scope of Google allows. */
export function assessScope(scope: string): Assessment {
  const name = scope.startsWith(AUTH) ? scope.slice(AUTH.length) : scope;
  const all = PRIVILEGED.get(name);
  if (all !== undefined) return { privilege: "privileged", why: `${name} ${all}` };
  if (PROFILE.has(name)) return { privilege: "read", why: `${name} reads the user's own profile` };
  if (WRITES.has(name)) return { privilege: "write", why: `${name} changes data` };
  if (READS.has(name)) return { privilege: "read", why: `${name} reads data` };
  // What others call their scopes has no meaning here.
  if (name === scope) return { privilege: "unknown", why: `nothing is known of ${name}` };
  if (READ_ONLY.test(name)) return { privilege: "read", why: `${name} reads data` };
  if (name.startsWith("admin."))
    return { privilege: "privileged", why: `${name} administers the Workspace as far as the user may` };
  return { privilege: "unknown", why: `nothing is known of ${name}` };
}

const ORDER: readonly Privilege[] = ["admin", "privileged", "write", "unknown", "read"];

/** The strongest of several scopes; one of which nothing is known may be more than reading. */
export function assessScopes(scopes: readonly string[]): Assessment {
  const all = scopes.map(assessScope);
  const strongest = ORDER.flatMap((privilege) => all.filter((one) => one.privilege === privilege))[0];
  return strongest ?? { privilege: "unknown", why: "it names no scope" };
}
