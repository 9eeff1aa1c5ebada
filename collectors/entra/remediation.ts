import {
  type NodeView,
  parseKey,
  type Remediation,
  type RemediationRequest,
  shellQuote,
} from "../../src/model/index.js";

type Cut = Extract<RemediationRequest, { action: "cut" }>;
type EdgeProps = Readonly<Record<string, unknown>>;

/** Commands of the Azure command line that end something; what it has no command for is a call of Microsoft Graph. */
export function remediate(request: RemediationRequest): readonly Remediation[] {
  switch (request.action) {
    case "cut":
      return cut(request);
    case "disableAccount":
      return disableAccount(request.account);
    case "deactivateCredential":
      return deleteCredential(request.credential, request.holder);
    case "assignOwner":
      return assignOwner(request.subject);
  }
}

const GRAPH = "https://graph.microsoft.com/v1.0";
const idOf = (view: NodeView) => parseKey(view.key).id;
const text = (props: EdgeProps, name: string) => {
  const value = props[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};
const isOurs = (view: NodeView) => view.provider?.startsWith("Entra") === true;

/** A call of Graph with the credentials that `az login` left. */
function graph(method: "DELETE" | "GET" | "POST", path: string, body?: unknown): string {
  const url = shellQuote(`${GRAPH}${path}`);
  return `az rest --method ${method} --url ${url}${body === undefined ? "" : ` --body ${shellQuote(JSON.stringify(body))}`}`;
}

/** The object's own id behind any key of ours, or behind a reference to an object. */
const objectId = (view: NodeView) => shellQuote(idOf(view));
const path = (id: string) => encodeURIComponent(id);

function cut({ edge, from, to, props = {} }: Cut): readonly Remediation[] {
  switch (edge) {
    case "MEMBER_OF":
      return to.provider === "EntraGroup" ? leaveGroup(from, to) : [];
    case "HAS_ENTITLEMENT":
      if (to.provider === "EntraDirectoryRole") return endDirectoryRole(from, to, props);
      return to.provider === "EntraAppRole" ? endAppRole(from, to, props) : [];
    case "CONSENTED":
      return to.provider === "EntraOAuthGrant" ? endGrant(to) : [];
    case "TO":
      return from.provider === "EntraOAuthGrant" ? endGrant(from) : [];
    case "HAS_CREDENTIAL":
      return deleteCredential(to, from);
    case "CAN_ASSUME":
      return to.provider === "EntraServicePrincipal" ? endFederation(from, to, props) : [];
    case "USES_SEAT":
      return to.provider === "EntraLicense" ? freeSeat(from, to, props) : [];
    case "OWNED_BY":
      return isOurs(from) ? endOwnership(from, to) : [];
    default:
      return [];
  }
}

function leaveGroup(from: NodeView, to: NodeView): readonly Remediation[] {
  const affects = `all that group ${to.name} gives to ${from.name}; nobody else`;
  if (to.props.membership === "dynamic") {
    return [
      {
        command: `Who is in group ${to.name} is decided by its rule: change the rule, or the property of ${from.name} that it looks at.`,
        reversible: true,
        affects: `everybody whom the rule of group ${to.name} lets in`,
      },
    ];
  }
  if (to.props.membership === "synced") {
    return [
      {
        command: `Group ${to.name} is synchronised from Active Directory: remove ${from.name} from it there.`,
        reversible: true,
        affects,
      },
    ];
  }
  const member = [
    "az ad group member remove",
    `--group ${objectId(to)}`,
    `--member-id ${objectId(from)}`,
  ].join(" ");
  if (to.props.groupKind === "distribution" || to.props.groupKind === "mailSecurity") {
    return [
      {
        command: `Exchange Online manages group ${to.name}: Remove-DistributionGroupMember -Identity ${objectId(to)} -Member ${objectId(from)}`,
        reversible: true,
        affects,
      },
    ];
  }
  return [{ command: member, reversible: true, affects }];
}

/** Eligible and active assignments end in different places, and one that PIM made must end in PIM. */
function endDirectoryRole(from: NodeView, to: NodeView, props: EdgeProps): readonly Remediation[] {
  const affects =
    from.provider === "EntraGroup"
      ? `every member of group ${from.name}`
      : `${from.name} only; it can be assigned again`;
  const scope = text(to.props, "scope") ?? "tenant";
  const request = {
    action: "adminRemove",
    justification: "access that outlived its reason",
    principalId: idOf(from),
    roleDefinitionId: text(to.props, "role") ?? idOf(to).split("/")[0] ?? "",
    directoryScopeId: scope === "tenant" ? "/" : `/${scope}`,
  };
  const byRequest = (list: string): Remediation => ({
    command: graph("POST", `/roleManagement/directory/${list}`, request),
    reversible: true,
    affects,
  });
  if (props.assignment === "eligible") return [byRequest("roleEligibilityScheduleRequests")];
  const id = text(props, "assignmentId");
  if (props.endsAt !== undefined || props.via === "activated" || id === undefined) {
    return [byRequest("roleAssignmentScheduleRequests")];
  }
  return [
    {
      command: graph("DELETE", `/roleManagement/directory/roleAssignments/${path(id)}`),
      reversible: true,
      affects,
    },
  ];
}

function endAppRole(from: NodeView, to: NodeView, props: EdgeProps): readonly Remediation[] {
  const [sp = ""] = idOf(to).split("/");
  const affects =
    from.provider === "EntraGroup"
      ? `direct members of group ${from.name}`
      : from.provider === "EntraServicePrincipal"
        ? `whatever ${from.name} does with ${to.name}`
        : `${from.name} only`;
  const id = text(props, "assignmentId");
  const list = `/servicePrincipals/${path(sp)}/appRoleAssignedTo`;
  const remove: Remediation = {
    command: graph("DELETE", `${list}/${id === undefined ? "ASSIGNMENT_ID" : path(id)}`),
    reversible: true,
    affects,
  };
  if (id !== undefined) return [remove];
  return [
    {
      command: graph("GET", `${list}?$filter=principalId eq ${idOf(from)}`),
      reversible: true,
      affects: "nothing: it shows the assignment's id, which was not read",
    },
    remove,
  ];
}

function endGrant(grant: NodeView): readonly Remediation[] {
  return [
    {
      command: graph("DELETE", `/oauth2PermissionGrants/${path(idOf(grant))}`),
      reversible: false,
      affects:
        grant.props.consentType === "admin"
          ? `everybody who uses the application: ${grant.name}; access tokens that are out go on for about an hour`
          : `${grant.name}; access tokens that are out go on for about an hour`,
    },
  ];
}

function deleteCredential(credential: NodeView, holder: NodeView): readonly Remediation[] {
  if (credential.provider !== "EntraCredential") return [];
  const [, keyId = ""] = idOf(credential).split("/");
  const affects = `every program that signs in as ${holder.name} with it; it cannot be brought back`;
  const kind = credential.props.credentialType;
  const cert = kind === "certificate" || kind === "signing" ? " --cert" : "";
  if (holder.provider === "EntraApplication") {
    const app = `--id ${objectId(holder)}`;
    const command =
      kind === "federation"
        ? `az ad app federated-credential delete ${app} --federated-credential-id ${shellQuote(keyId)}`
        : `az ad app credential delete ${app} --key-id ${shellQuote(keyId)}${cert}`;
    return [{ command, reversible: false, affects }];
  }
  if (holder.provider !== "EntraServicePrincipal") return [];
  return [
    {
      command: `az ad sp credential delete --id ${objectId(holder)} --key-id ${shellQuote(keyId)}${cert}`,
      reversible: false,
      affects,
    },
  ];
}

function endFederation(from: NodeView, to: NodeView, props: EdgeProps): readonly Remediation[] {
  const credential = text(props, "credentialId");
  const appId = text(to.props, "appId");
  if (credential === undefined || appId === undefined) return [];
  return [
    {
      command: `az ad app federated-credential delete --id ${shellQuote(appId)} --federated-credential-id ${shellQuote(credential)}`,
      reversible: true,
      affects: `what ${from.name} does as ${to.name}`,
    },
  ];
}

function freeSeat(from: NodeView, to: NodeView, props: EdgeProps): readonly Remediation[] {
  const sku = text(to.props, "sku") ?? idOf(to).split("/")[1] ?? "";
  const affects = `what ${from.name} has by ${to.name}; data of a mailbox is kept for 30 days`;
  const ways = text(props, "via")?.split(" and ") ?? ["direct"];
  const byGroup = ways.find((way) => way.startsWith("group "));
  return [
    ...(ways.includes("direct")
      ? [
          {
            command: graph("POST", `/users/${path(idOf(from))}/assignLicense`, {
              addLicenses: [],
              removeLicenses: [sku],
            }),
            reversible: true,
            affects,
          },
        ]
      : []),
    ...(byGroup === undefined
      ? []
      : [
          {
            command: `The seat comes from ${byGroup}: remove ${from.name} from it, or the licence from the group.`,
            reversible: true,
            affects,
          },
        ]),
  ];
}

/** Where the owners of an object stand in Graph, or its sponsors. */
const OWNER_LISTS: Readonly<Record<string, (id: string) => string>> = {
  EntraGroup: (id) => `/groups/${id}/owners`,
  EntraServicePrincipal: (id) => `/servicePrincipals/${id}/owners`,
  EntraApplication: (appId) => `/applications(appId='${appId}')/owners`,
  EntraDevice: (id) => `/devices/${id}/registeredOwners`,
  EntraUser: (id) => `/users/${id}/sponsors`,
};

function endOwnership(from: NodeView, to: NodeView): readonly Remediation[] {
  const list = OWNER_LISTS[from.provider ?? ""]?.(path(idOf(from)));
  if (list === undefined || !isOurs(to)) return [];
  return [
    {
      command: graph("DELETE", `${list}/${path(idOf(to))}/$ref`),
      reversible: true,
      affects: `${to.name} no longer answers for ${from.name}; the last owner of a group cannot be removed`,
    },
  ];
}

function disableAccount(account: NodeView): readonly Remediation[] {
  if (account.provider !== "EntraUser") return [];
  const affects = `${account.name}: signs in nowhere that relies on this tenant`;
  const sessions: Remediation = {
    command: graph("POST", `/users/${path(idOf(account))}/revokeSignInSessions`),
    reversible: true,
    affects: `sessions of ${account.name} that are open: applications ask for a new sign-in`,
  };
  if (account.props.synced === true) {
    return [
      {
        command: `${account.name} is synchronised from Active Directory: disable the account there (Disable-ADAccount), and start a synchronisation.`,
        reversible: true,
        affects,
      },
      sessions,
    ];
  }
  return [
    {
      command: `az ad user update --id ${objectId(account)} --account-enabled false`,
      reversible: true,
      affects,
    },
    sessions,
  ];
}

function assignOwner(subject: NodeView): readonly Remediation[] {
  const list = OWNER_LISTS[subject.provider ?? ""]?.(path(idOf(subject)));
  if (list === undefined || subject.provider === "EntraDevice") return [];
  return [
    {
      command: graph("POST", `${list}/$ref`, { "@odata.id": `${GRAPH}/directoryObjects/OWNER_OBJECT_ID` }),
      reversible: true,
      affects: `whoever is named can change ${subject.name}`,
    },
  ];
}
