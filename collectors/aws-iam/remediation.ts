import {
  type NodeView,
  parseKey,
  type Remediation,
  type RemediationRequest,
  shellQuote,
} from "../../src/model/index.js";

/** The commands of the AWS command line that end something. They run with credentials of the account in question. */
export function remediate(request: RemediationRequest): readonly Remediation[] {
  switch (request.action) {
    case "cut":
      return cut(request.edge, request.from, request.to);
    case "disableAccount":
      return disableAccount(request.account);
    case "deactivateCredential":
      return deactivate(request.credential, request.holder);
    case "assignOwner":
      return assignOwner(request.subject);
  }
}

/** `--name value`, quoted; joined by `=` where the value would itself be read as an option. */
function option(name: string, value: string): string {
  return value.startsWith("-") ? `--${name}=${shellQuote(value)}` : `--${name} ${shellQuote(value)}`;
}

const aws = (operation: string, ...options: readonly string[]) =>
  ["aws iam", operation, ...options].join(" ");
const text = (view: NodeView, property: string) => {
  const value = view.props[property];
  return typeof value === "string" ? value : undefined;
};
const userName = (view: NodeView) => text(view, "username") ?? view.name;
const where = (view: NodeView) => {
  const account = text(view, "accountId");
  return account === undefined ? "" : ` in AWS account ${account}`;
};

function cut(edge: string, from: NodeView, to: NodeView): readonly Remediation[] {
  if (edge === "MEMBER_OF" && from.provider === "AwsUser" && to.provider === "AwsGroup") {
    return [
      {
        command: aws(
          "remove-user-from-group",
          option("user-name", userName(from)),
          option("group-name", to.name),
        ),
        reversible: true,
        affects: `all that group ${to.name} gives to ${from.name}${where(from)}; nobody else`,
      },
    ];
  }
  if (edge === "HAS_ENTITLEMENT") return cutEntitlement(from, to);
  if (edge === "CAN_ASSUME" && to.provider === "AwsRole") return cutTrust(from, to);
  if (edge === "HAS_CREDENTIAL") return deactivate(to, from);
  return [];
}

const HOLDERS: Readonly<Record<string, { word: string; option: string }>> = {
  AwsUser: { word: "user", option: "user-name" },
  AwsGroup: { word: "group", option: "group-name" },
  AwsRole: { word: "role", option: "role-name" },
};

function cutEntitlement(from: NodeView, to: NodeView): readonly Remediation[] {
  const holder = HOLDERS[from.provider ?? ""];
  const policyType = text(to, "policyType");
  if (holder === undefined || policyType === undefined) return [];
  const affects =
    from.provider === "AwsGroup"
      ? `every member of group ${from.name}`
      : from.provider === "AwsRole"
        ? `everybody who assumes role ${from.name}${where(from)}`
        : `${from.name}${where(from)} only`;
  if (from.provider === "AwsRole" && isProviderManaged(from)) {
    return [
      {
        command: `Role ${from.name} belongs to AWS: change the permission set or the service that made it.`,
        reversible: true,
        affects,
      },
    ];
  }
  const who = option(holder.option, from.provider === "AwsUser" ? userName(from) : from.name);
  if (policyType === "inline") {
    return [
      {
        command: aws(`delete-${holder.word}-policy`, who, option("policy-name", to.name)),
        reversible: false,
        affects: `${affects}; save the policy first: ${aws(`get-${holder.word}-policy`, who, option("policy-name", to.name))}`,
      },
    ];
  }
  const arn = text(to, "arn");
  if (arn === undefined) return [];
  return [
    {
      command: aws(`detach-${holder.word}-policy`, who, option("policy-arn", arn)),
      reversible: true,
      affects,
    },
  ];
}

const isProviderManaged = (role: NodeView) => role.props.managedBy === "provider";

function cutTrust(from: NodeView, to: NodeView): readonly Remediation[] {
  if (isProviderManaged(to)) {
    return [
      {
        command: `Role ${to.name} belongs to AWS: end the assignment in IAM Identity Center, or the service that made it.`,
        reversible: true,
        affects: `everybody who assumes role ${to.name}`,
      },
    ];
  }
  const role = option("role-name", to.name);
  return [
    {
      command: aws(
        "get-role",
        role,
        "--query",
        "Role.AssumeRolePolicyDocument",
        "--output json",
        "> trust.json",
      ),
      reversible: true,
      affects: "nothing: it writes the trust policy to a file",
    },
    {
      command: `In trust.json remove what lets ${from.name} in; where it trusts the whole account, take sts:AssumeRole on this role from the policies of ${from.name} instead.`,
      reversible: true,
      affects: "nothing until the next command",
    },
    {
      command: aws("update-assume-role-policy", role, "--policy-document file://trust.json"),
      reversible: true,
      affects: `everybody whom the trust policy of role ${to.name}${where(to)} named; open sessions go on until they expire`,
    },
  ];
}

function disableAccount(account: NodeView): readonly Remediation[] {
  if (account.provider === "AwsRoot") {
    return [
      {
        command: `Sign in as the root user of AWS account ${text(account, "accountId") ?? ""} and delete its access keys; its password can be removed from the organisation's management account only.`,
        reversible: false,
        affects: "the root user",
      },
    ];
  }
  if (account.provider !== "AwsUser") return [];
  const user = option("user-name", userName(account));
  const password: Remediation = {
    command: aws("delete-login-profile", user),
    reversible: false,
    affects: `the console password of ${account.name}${where(account)}; a new one can be set`,
  };
  const list = aws("list-access-keys", user, "--query 'AccessKeyMetadata[].AccessKeyId'", "--output text");
  const keys: Remediation = {
    command: `for key in $(${list}); do ${aws("update-access-key", user, '--access-key-id "$key"', "--status Inactive")}; done`,
    reversible: true,
    affects: `every program that uses an access key of ${account.name}${where(account)}`,
  };
  return account.props.consolePassword === false ? [keys] : [password, keys];
}

function deactivate(credential: NodeView, holder: NodeView): readonly Remediation[] {
  if (holder.provider === "AwsRoot" && credential.provider?.startsWith("Aws") === true)
    return disableAccount(holder);
  const user = option("user-name", userName(holder));
  const affects = `every program that uses it as ${holder.name}${where(holder)}`;
  if (credential.provider === "AwsAccessKey") {
    const { id } = parseKey(credential.key);
    if (!id.includes("~")) {
      return [
        {
          command: aws("update-access-key", user, option("access-key-id", id), "--status Inactive"),
          reversible: true,
          affects,
        },
      ];
    }
    return [
      {
        command: aws("list-access-keys", user),
        reversible: true,
        affects: "nothing: it shows the ids, which were not read",
      },
      {
        command: aws("update-access-key", user, "--access-key-id ACCESS_KEY_ID", "--status Inactive"),
        reversible: true,
        affects,
      },
    ];
  }
  if (credential.provider === "AwsSigningCertificate") {
    return [
      {
        command: aws("list-signing-certificates", user),
        reversible: true,
        affects: "nothing: it shows the ids, which were not read",
      },
      {
        command: aws(
          "update-signing-certificate",
          user,
          "--certificate-id CERTIFICATE_ID",
          "--status Inactive",
        ),
        reversible: true,
        affects,
      },
    ];
  }
  return [];
}

function assignOwner(subject: NodeView): readonly Remediation[] {
  const tag = "--tags Key=owner,Value=OWNER_EMAIL";
  const done = (command: string): readonly Remediation[] => [
    {
      command,
      reversible: true,
      affects: `a tag on ${subject.name}; policies that look at tags, if there are any`,
    },
  ];
  switch (subject.provider) {
    case "AwsUser":
      return done(aws("tag-user", option("user-name", userName(subject)), tag));
    case "AwsRole":
      return isProviderManaged(subject) ? [] : done(aws("tag-role", option("role-name", subject.name), tag));
    case "AwsPolicy": {
      const arn = text(subject, "arn");
      return arn === undefined ? [] : done(aws("tag-policy", option("policy-arn", arn), tag));
    }
    default:
      return [];
  }
}
