import {
  type NodeView,
  parseKey,
  type Remediation,
  type RemediationRequest,
  shellQuote,
} from "../../src/model/index.js";

/**
 * The calls of Google's APIs that end something. `TOKEN` is an access token of an administrator with the scope that is
 * named beside the command; README.md says how to get one. What the Admin console does better is said in words.
 */
export function remediate(request: RemediationRequest): readonly Remediation[] {
  switch (request.action) {
    case "cut":
      return cut(request);
    case "disableAccount":
      return disableAccount(request.account);
    case "deactivateCredential":
    case "assignOwner":
      return [];
  }
}

const DIRECTORY = "https://admin.googleapis.com/admin/directory/v1";
const AUTH = "https://www.googleapis.com/auth/";

function call(method: "GET" | "POST" | "PUT" | "DELETE", url: string, body?: object): string {
  const parts = ["curl --fail-with-body --request", method, `--header "Authorization: Bearer $TOKEN"`];
  if (body !== undefined)
    parts.push('--header "Content-Type: application/json"', `--data ${shellQuote(JSON.stringify(body))}`);
  return [...parts, shellQuote(url)].join(" ");
}

const step = (command: string, scope: string, affects: string, reversible = true): Remediation => ({
  command,
  reversible,
  affects: `${affects}; TOKEN needs the scope ${AUTH}${scope}`,
});

const at = (...parts: readonly string[]) => parts.map((part) => encodeURIComponent(part)).join("/");
const text = (view: NodeView, property: string) => {
  const value = view.props[property];
  return typeof value === "string" ? value : undefined;
};

/** How the APIs call a member or an account: by its id, or by the address that a reference holds. */
function idOf(view: NodeView): string {
  const { kind, id } = parseKey(view.key);
  return kind === "google-member"
    ? id.slice(id.indexOf(":") + 1)
    : kind === "oidc"
      ? id.slice(id.indexOf("#") + 1)
      : id;
}

type Cut = Extract<RemediationRequest, { readonly action: "cut" }>;

function cut({ edge, from, to, props = {} }: Cut): readonly Remediation[] {
  if (edge === "MEMBER_OF") return cutMembership(from, to);
  if (edge === "HAS_ENTITLEMENT" && to.provider === "WorkspaceAdminRole")
    return cutRole(from, to, props.assignmentId);
  if (edge === "HAS_ENTITLEMENT" && to.provider === "WorkspaceMailboxDelegate") return cutDelegate(from, to);
  if (edge === "CONSENTED" && to.provider === "WorkspaceToken") return cutToken(from, to);
  if (edge === "USES_SEAT" && to.provider === "WorkspaceLicense") return cutSeat(from, to);
  return [];
}

function cutMembership(from: NodeView, to: NodeView): readonly Remediation[] {
  if (to.provider === "WorkspaceDomain" || to.provider === "WorkspaceEveryone") {
    return [
      {
        command: `Every account of ${to.name.replace(/^everybody in /, "")} is in it: take the access from the domain, or suspend the account.`,
        reversible: true,
        affects: "everybody in the domain, if it is taken from the domain",
      },
    ];
  }
  if (to.provider !== "WorkspaceGroup") return [];
  if (from.provider === "WorkspaceEveryone") {
    const command = `In the Admin console, under Directory > Groups > ${to.name} > Members, remove All users in the organization.`;
    return [{ command, reversible: true, affects: `everybody: they lose what group ${to.name} gives` }];
  }
  const who = from.provider === "WorkspaceGroup" ? `every member of group ${from.name}` : from.name;
  return [
    step(
      call("DELETE", `${DIRECTORY}/groups/${at(idOf(to))}/members/${at(idOf(from))}`),
      "admin.directory.group.member",
      `all that group ${to.name} gives to ${who}; nobody else`,
    ),
  ];
}

function cutRole(from: NodeView, to: NodeView, assignmentId: unknown): readonly Remediation[] {
  const { id } = parseKey(to.key);
  const roleId = id.slice(0, id.indexOf("/"));
  const affects =
    from.provider === "WorkspaceGroup" ? `every member of group ${from.name}` : `${from.name} only`;
  if (to.props.superAdmin === true && from.provider === "WorkspaceUser") {
    return [
      step(
        call("POST", `${DIRECTORY}/users/${at(idOf(from))}/makeAdmin`, { status: false }),
        "admin.directory.user",
        affects,
      ),
    ];
  }
  const list = `${DIRECTORY}/customer/my_customer/roleassignments`;
  const remove = (id: string) =>
    step(call("DELETE", `${list}/${id}`), "admin.directory.rolemanagement", affects);
  if (typeof assignmentId === "string") return [remove(at(assignmentId))];
  const query = new URLSearchParams({
    roleId,
    ...(from.provider === "WorkspaceGroup" ? {} : { userKey: idOf(from) }),
  });
  return [
    step(
      call("GET", `${list}?${query.toString()}`),
      "admin.directory.rolemanagement.readonly",
      `nothing: it shows the roleAssignmentId of whoever has ${to.name} (assignedTo ${idOf(from)})`,
    ),
    remove("ROLE_ASSIGNMENT_ID"),
  ];
}

function cutDelegate(from: NodeView, to: NodeView): readonly Remediation[] {
  const owner = parseKey(to.key).id;
  const delegate = text(from, "email") ?? idOf(from);
  return [
    step(
      call(
        "DELETE",
        `https://gmail.googleapis.com/gmail/v1/users/${at(owner)}/settings/delegates/${at(delegate)}`,
      ),
      "gmail.settings.sharing, by domain-wide delegation for the owner of the mailbox",
      `${from.name}, who no longer opens that mailbox`,
    ),
  ];
}

function cutToken(from: NodeView, to: NodeView): readonly Remediation[] {
  const clientId = text(to, "clientId");
  if (clientId === undefined) return [];
  return [
    step(
      call("DELETE", `${DIRECTORY}/users/${at(idOf(from), "tokens", clientId)}`),
      "admin.directory.user.security",
      `what the application ${to.name} does for ${from.name}; they can let it in again`,
      false,
    ),
  ];
}

function cutSeat(from: NodeView, to: NodeView): readonly Remediation[] {
  const productId = text(to, "productId");
  const skuId = text(to, "skuId");
  if (productId === undefined || skuId === undefined) return [];
  const user = text(from, "email") ?? idOf(from);
  return [
    step(
      call(
        "DELETE",
        `https://licensing.googleapis.com/apps/licensing/v1/product/${at(productId, "sku", skuId, "user", user)}`,
      ),
      "apps.licensing",
      `what ${to.name} gives to ${from.name}; data of services that need the licence may be deleted, so hand it over first`,
      false,
    ),
  ];
}

function disableAccount(account: NodeView): readonly Remediation[] {
  if (account.provider !== "WorkspaceUser") return [];
  const user = `${DIRECTORY}/users/${at(idOf(account))}`;
  return [
    step(
      call("PUT", user, { suspended: true }),
      "admin.directory.user",
      `${account.name}: sign-in and mail stop, data and licences stay`,
    ),
    step(
      call("POST", `${user}/signOut`),
      "admin.directory.user.security",
      `open sessions of ${account.name}`,
    ),
  ];
}
