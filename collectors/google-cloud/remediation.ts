import {
  type NodeView,
  parseKey,
  type Remediation,
  type RemediationRequest,
  shellQuote,
} from "../../src/model/index.js";
import { parseMember } from "./members.js";

/** The commands of gcloud that end something. They run with credentials that may change the policy in question. */
export function remediate(request: RemediationRequest): readonly Remediation[] {
  switch (request.action) {
    case "cut":
      return cut(request);
    case "disableAccount":
      return disable(request.account);
    case "deactivateCredential":
      return deactivate(request.credential);
    case "assignOwner":
      return [];
  }
}

type Cut = Extract<RemediationRequest, { action: "cut" }>;

/** `--name=value`: a value that begins with a dash would else be read as an option. */
const option = (name: string, value: string) => `--${name}=${shellQuote(value)}`;
/** A word by itself, which must not look like an option either. */
const word = (value: string) => (value.startsWith("-") ? `-- ${shellQuote(value)}` : shellQuote(value));
const gcloud = (...words: readonly string[]) => ["gcloud", ...words].join(" ");

function text(props: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = props?.[name];
  return typeof value === "string" ? value : undefined;
}

function cut({ edge, from, to, props = {} }: Cut): readonly Remediation[] {
  switch (edge) {
    case "HAS_ENTITLEMENT":
      return cutRole(from, to, props);
    case "CAN_ASSUME":
      return cutAccountRole(from, to, props);
    case "MEMBER_OF":
      return cutBasicRole(from, to);
    case "HAS_CREDENTIAL":
      return deactivate(to);
    case "SAME_AS":
      return cutFederation(props);
    default:
      return [];
  }
}

/** The member as the policy writes it; undefined for what is in no policy. */
function memberOf(node: NodeView): string | undefined {
  const { source, kind, id } = parseKey(node.key);
  if (source === "ref") return kind === "google-member" ? id : undefined;
  if (node.provider === "GoogleServiceAccount") {
    const email = text(node.props, "email");
    return email === undefined ? undefined : `serviceAccount:${email}`;
  }
  return text(node.props, "member");
}

const GROUPS: Readonly<Record<string, string>> = {
  organizations: "organizations",
  folders: "resource-manager folders",
  projects: "projects",
};

/** `projects` and the id for a project named `projects/1`. */
function resourceWords(
  resource: string | undefined,
): { readonly group: string; readonly id: string } | undefined {
  const [kind = "", id = ""] = (resource ?? "").split("/");
  const group = GROUPS[kind];
  return group === undefined || id === "" ? undefined : { group, id };
}

interface Bound {
  readonly member: string;
  readonly role: string;
  /** `gcloud projects`, `gcloud iam service-accounts`: the group of commands. */
  readonly group: string;
  /** What the policy is of. */
  readonly target: string;
  readonly affects: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Removes one binding of a member: with its condition, because the same role may be bound without. */
function removal({ member, role, group, target, affects, props }: Bound): readonly Remediation[] {
  const condition = text(props, "condition");
  if (condition !== undefined && props.conditionDescribed === true)
    return edited(group, target, member, role, affects);
  const title = text(props, "conditionTitle");
  const parts = [`expression=${condition ?? ""}`, ...(title === undefined ? [] : [`title=${title}`])];
  // gcloud splits such a value at commas, unless another separator is named: one that occurs nowhere in it.
  const separator = ["|", "^", "~", "#", ";;", "@@@"].find((one) => !parts.join("").includes(one)) ?? "|";
  const value = condition === undefined ? "None" : `^${separator}^${parts.join(separator)}`;
  return [
    {
      command: gcloud(
        group,
        "remove-iam-policy-binding",
        word(target),
        option("member", member),
        option("role", role),
        option(
          "condition",
          condition !== undefined && !parts.join("").includes(",") ? parts.join(",") : value,
        ),
      ),
      reversible: true,
      affects,
    },
  ];
}

/** A condition is matched word for word, with a description that is not kept here. */
function edited(
  group: string,
  target: string,
  member: string,
  role: string,
  affects: string,
): readonly Remediation[] {
  return [
    {
      command: `${gcloud(group, "get-iam-policy", word(target), "--format=json")} > policy.json`,
      reversible: true,
      affects: "nothing: it writes the policy to a file",
    },
    {
      command: `In policy.json take ${member} out of the binding of ${role} with this condition.`,
      reversible: true,
      affects: "nothing until the next command",
    },
    {
      command: gcloud(group, "set-iam-policy", word(target), "policy.json"),
      reversible: true,
      affects,
    },
  ];
}

function cutRole(
  from: NodeView,
  to: NodeView,
  props: Readonly<Record<string, unknown>>,
): readonly Remediation[] {
  const member = memberOf(from);
  const role = text(to.props, "role");
  const place = resourceWords(text(to.props, "resource"));
  if (member === undefined || role === undefined || place === undefined) return [];
  const affects = `${whom(member, from)} on ${text(to.props, "resource") ?? to.name} and all below it`;
  return removal({ member, role, group: place.group, target: place.id, affects, props });
}

function cutAccountRole(
  from: NodeView,
  to: NodeView,
  props: Readonly<Record<string, unknown>>,
): readonly Remediation[] {
  const member = memberOf(from);
  const role = text(props, "role");
  const email = text(to.props, "email");
  if (member === undefined || role === undefined || email === undefined) return [];
  const affects = `${whom(member, from)}, who can then no longer act as ${email} by this role; tokens that were made live on for up to an hour`;
  return removal({ member, role, group: "iam service-accounts", target: email, affects, props });
}

function cutBasicRole(from: NodeView, to: NodeView): readonly Remediation[] {
  const member = memberOf(from);
  const role = text(to.props, "role");
  const place = resourceWords(text(to.props, "project"));
  if (to.provider !== "GoogleBasicRole" || member === undefined || role === undefined || place === undefined)
    return [];
  const affects = `${whom(member, from)}: the role ${role} on the whole project, and what is given to ${to.name}`;
  return removal({ member, role, group: place.group, target: place.id, affects, props: {} });
}

function whom(member: string, node: NodeView): string {
  if (member.startsWith("group:")) return `every member of ${member.slice("group:".length)}`;
  if (member.startsWith("domain:")) return `everybody in ${member.slice("domain:".length)}`;
  const parsed = parseMember(member);
  if (parsed.kind === "serviceAccounts") return `every service account of ${parsed.resource}`;
  if (member.startsWith("principalSet:")) return `every identity in ${member}`;
  return member === "allUsers" || member === "allAuthenticatedUsers" ? node.name : member;
}

/** An identity outside Google comes in by a provider of a pool: the provider is where it ends. */
function cutFederation(props: Readonly<Record<string, unknown>>): readonly Remediation[] {
  const name = text(props, "providerName");
  const found =
    /^projects\/([^/]+)\/locations\/([^/]+)\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/.exec(
      name ?? "",
    );
  if (found === null) return [];
  const [, project = "", location = "", pool = "", provider = ""] = found;
  return [
    {
      command: gcloud(
        "iam workload-identity-pools providers delete",
        word(provider),
        option("workload-identity-pool", pool),
        option("location", location),
        option("project", project),
      ),
      reversible: true,
      affects: `everybody whom ${provider} lets in; it can be restored for 30 days. To end one identity only, take its principal:// out of the policies.`,
    },
  ];
}

function disable(account: NodeView): readonly Remediation[] {
  const email = text(account.props, "email");
  if (account.provider !== "GoogleServiceAccount" || email === undefined) return [];
  return [
    {
      command: gcloud("iam service-accounts disable", word(email), ...inProject(account)),
      reversible: true,
      affects: `every program that acts as ${email}: its keys and tokens stop working`,
    },
  ];
}

const inProject = (node: NodeView): readonly string[] => {
  const project = text(node.props, "projectId");
  return project === undefined ? [] : [option("project", project)];
};

function deactivate(credential: NodeView): readonly Remediation[] {
  const key = text(credential.props, "keyId");
  const account = text(credential.props, "account");
  if (credential.provider !== "GoogleServiceAccountKey" || key === undefined || account === undefined)
    return [];
  const words = [word(key), option("iam-account", account), ...inProject(credential)];
  const who = `whatever signs in as ${account} with this key`;
  return [
    { command: gcloud("iam service-accounts keys disable", ...words), reversible: true, affects: who },
    {
      command: gcloud("iam service-accounts keys delete", ...words, "--quiet"),
      reversible: false,
      affects: `${who}; do it once nothing has missed the key`,
    },
  ];
}
