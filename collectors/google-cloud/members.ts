/**
 * Members of a policy's bindings. https://cloud.google.com/iam/docs/principal-identifiers
 * https://cloud.google.com/iam/docs/reference/rest/v1/Policy#Binding
 */
export type Member =
  | { readonly kind: "public"; readonly form: "allUsers" | "allAuthenticatedUsers" }
  /** `projectOwner:p`: whoever holds that basic role on the project. */
  | { readonly kind: "basicRole"; readonly form: string; readonly project: string; readonly role: string }
  | { readonly kind: "serviceAccount"; readonly form: string; readonly email: string }
  /** An identity of a workload identity pool, one or a set of them. */
  | {
      readonly kind: "federated";
      readonly form: string;
      readonly pool: string;
      readonly rest: string;
      readonly one: boolean;
    }
  /** All service accounts of a project, or of every project below a folder or an organisation. */
  | { readonly kind: "serviceAccounts"; readonly form: string; readonly resource: string }
  | { readonly kind: "other"; readonly form: string };

const CONVENIENCE: Readonly<Record<string, string>> = {
  projectOwner: "roles/owner",
  projectEditor: "roles/editor",
  projectViewer: "roles/viewer",
};

const POOL =
  /^(principal|principalSet):\/\/iam\.googleapis\.com\/(projects\/[^/]+\/locations\/[^/]+\/workloadIdentityPools\/[^/]+)\/(.+)$/;

const ACCOUNTS_OF =
  /^principalSet:\/\/cloudresourcemanager\.googleapis\.com\/((?:projects|folders|organizations)\/\d+)\/type\/ServiceAccount$/;
/** How policies name all service accounts of a project, folder or organisation. */
export const accountsOf = (resource: string) =>
  `principalSet://cloudresourcemanager.googleapis.com/${resource}/type/ServiceAccount`;

/**
 * A member in its one form (docs/crossing.md): addresses and domains in lower case, everything else as Google writes
 * it. A deleted member keeps its uid, and is never the live one of the same address.
 */
export function parseMember(text: string): Member {
  const member = text.trim();
  if (/^allusers$/i.test(member)) return { kind: "public", form: "allUsers" };
  if (/^allauthenticatedusers$/i.test(member)) return { kind: "public", form: "allAuthenticatedUsers" };
  const federated = POOL.exec(member);
  if (federated !== null) {
    const [, type, pool = "", rest = ""] = federated;
    return { kind: "federated", form: member, pool, rest, one: type === "principal" };
  }
  const resource = ACCOUNTS_OF.exec(member)?.[1];
  if (resource !== undefined) return { kind: "serviceAccounts", form: member, resource };
  const colon = member.indexOf(":");
  const type = member.slice(0, Math.max(colon, 0));
  const id = member.slice(colon + 1);
  const role = CONVENIENCE[type];
  if (role !== undefined) return { kind: "basicRole", form: `${type}:${id}`, project: id, role };
  if (type === "deleted") return { kind: "other", form: deletedForm(id) };
  if (type === "serviceAccount") {
    const email = mailForm(id);
    return isMail(email)
      ? { kind: "serviceAccount", form: `${type}:${email}`, email }
      : { kind: "other", form: `${type}:${id}` };
  }
  if (type === "user" || type === "group") return { kind: "other", form: `${type}:${mailForm(id)}` };
  if (type === "domain") return { kind: "other", form: `domain:${id.toLowerCase()}` };
  return { kind: "other", form: member };
}

/** `user:ann@x.example?uid=123`; a deleted principal:// stays as it is. */
function deletedForm(rest: string): string {
  const query = rest.indexOf("?");
  const named = query < 0 ? rest : rest.slice(0, query);
  const uid = query < 0 ? "" : rest.slice(query);
  const colon = named.indexOf(":");
  if (named.includes("://") || colon < 0) return `deleted:${rest}`;
  return `deleted:${named.slice(0, colon)}:${mailForm(named.slice(colon + 1))}${uid}`;
}

/** GKE's `serviceAccount:p.svc.id.goog[ns/name]` is no address, and its names are told apart by case. */
const isMail = (text: string) => /^[^@\s[\]]+@[^@\s[\]]+$/.test(text);
const mailForm = (text: string) => (isMail(text) ? text.toLowerCase() : text);

/**
 * Accounts that Google makes, owns and removes; they are in none of the customer's lists.
 * https://cloud.google.com/iam/docs/service-agents
 */
export function isServiceAgent(email: string): boolean {
  const [name = "", domain = ""] = email.split("@");
  if (domain === "cloudservices.gserviceaccount.com" || domain === "cloudbuild.gserviceaccount.com")
    return /^\d+$/.test(name);
  const home = /^([a-z0-9.-]+)\.iam\.gserviceaccount\.com$/.exec(domain)?.[1];
  if (home === undefined) return domain === "system.gserviceaccount.com";
  return home.startsWith("gcp-sa-") || AGENT_HOMES.has(home);
}

/** Google's own projects from the time before `gcp-sa-`. */
const AGENT_HOMES = new Set([
  "bigquery-encryption",
  "cloud-aiplatform",
  "cloud-filer",
  "cloud-ml.google.com",
  "cloud-memcache-sa",
  "cloud-redis",
  "cloudcomposer-accounts",
  "compute-system",
  "container-analysis",
  "container-engine-robot",
  "containerregistry",
  "dataflow-service-producer-prod",
  "dataproc-accounts",
  "endpoints-portal",
  "firebase-rules",
  "gae-api-prod.google.com",
  "gcf-admin-robot",
  "genomics-api.google.com",
  "gs-project-accounts",
  "remotebuildexecution",
  "serverless-robot-prod",
  "service-consumer-management",
  "service-networking",
  "sourcerepo-service-accounts",
]);

/** Whether an account of this address would be listed in the project. */
export function belongsTo(
  email: string,
  project: { readonly name: string; readonly id: string | undefined },
): boolean {
  const [name = "", domain = ""] = email.split("@");
  const number = project.name.slice("projects/".length);
  if (domain === "developer.gserviceaccount.com") return name === `${number}-compute`;
  if (project.id === undefined) return domain.endsWith("gserviceaccount.com") && !isServiceAgent(email);
  // Of `x.example:p` the domain comes last: `p.x.example.iam.gserviceaccount.com`.
  const dotted = project.id.split(":").reverse().join(".");
  if (domain === "appspot.gserviceaccount.com") return name === project.id || name === dotted;
  return domain === `${dotted}.iam.gserviceaccount.com`;
}
