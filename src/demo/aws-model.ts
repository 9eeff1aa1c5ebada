import { POOL_ROLE } from "./google-model.js";

/** What the made-up AWS accounts hold, before it is put into the form that AWS prints. Days count back from now. */

export type Statement = Readonly<Record<string, unknown>>;

export interface KeySpec {
  readonly id: string;
  readonly active: boolean;
  readonly createdDaysAgo: number;
  readonly lastUsedDaysAgo?: number;
  readonly service?: string;
}

export interface InlineSpec {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface UserSpec {
  readonly name: string;
  readonly createdDaysAgo: number;
  /** Set where the user has a console password; `lastUsedDaysAgo` undefined means never used. */
  readonly password?: { readonly lastUsedDaysAgo?: number };
  readonly mfa?: boolean;
  readonly keys?: readonly KeySpec[];
  readonly groups?: readonly string[];
  readonly attached?: readonly string[];
  readonly inline?: readonly InlineSpec[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface GroupSpec {
  readonly name: string;
  readonly attached: readonly string[];
}

export interface RoleSpec {
  readonly name: string;
  readonly path?: string;
  readonly trust: readonly Statement[];
  readonly attached?: readonly string[];
  readonly inline?: readonly InlineSpec[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly lastUsedDaysAgo?: number;
}

export interface PolicySpec {
  readonly arn: string;
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface AccountSpec {
  readonly id: string;
  readonly users: readonly UserSpec[];
  readonly groups: readonly GroupSpec[];
  readonly roles: readonly RoleSpec[];
  readonly policies: readonly PolicySpec[];
}

export const allow = (action: string | readonly string[], resource: string | readonly string[] = "*") => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
});

/** A trust statement. */
export const trust = (
  principal: Readonly<Record<string, string | readonly string[]>>,
  condition?: Statement,
) => ({
  Effect: "Allow",
  Principal: principal,
  Action: "Federated" in principal ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole",
  ...(condition === undefined ? {} : { Condition: condition }),
});

const AWS_POLICIES: readonly PolicySpec[] = (
  [
    ["AdministratorAccess", [allow("*")]],
    ["ReadOnlyAccess", [allow(["ec2:Describe*", "s3:Get*", "s3:List*", "rds:Describe*", "logs:Get*"])]],
    ["AmazonS3ReadOnlyAccess", [allow(["s3:Get*", "s3:List*"])]],
    ["AmazonEC2FullAccess", [allow(["ec2:*", "elasticloadbalancing:*", "cloudwatch:*"])]],
    ["job-function/Billing", [allow(["aws-portal:View*", "budgets:ViewBudget", "ce:Get*"])]],
    ["SecurityAudit", [allow(["iam:Get*", "iam:List*", "config:Describe*", "cloudtrail:Get*"])]],
  ] as const
).map(([path, statements]) => ({
  arn: `arn:aws:iam::aws:policy/${path}`,
  name: path.slice(path.lastIndexOf("/") + 1),
  statements,
}));

export const awsManaged = (name: string): string => {
  const policy = AWS_POLICIES.find((one) => one.name === name);
  if (policy === undefined) throw new Error(`no AWS policy ${name}`);
  return policy.arn;
};

export const customerManaged = (account: string, name: string) => `arn:aws:iam::${account}:policy/${name}`;

/** The account from which the company manages all others. Nobody reads it. */
export const MANAGEMENT = "999988887777";

/** Groups, roles and policies that every account of the company has. `owner` is the address in the Owner tags. */
export function baseline(account: string, owner: string): Pick<AccountSpec, "groups" | "roles" | "policies"> {
  const lake = customerManaged(account, "data-lake-write");
  const deploy = customerManaged(account, "deploy-pipeline");
  return {
    groups: [
      { name: "administrators", attached: [awsManaged("AdministratorAccess")] },
      {
        name: "engineers",
        attached: [awsManaged("AmazonEC2FullAccess"), awsManaged("AmazonS3ReadOnlyAccess")],
      },
      { name: "data-engineers", attached: [lake, awsManaged("AmazonS3ReadOnlyAccess")] },
      { name: "finance", attached: [awsManaged("Billing")] },
      { name: "auditors", attached: [awsManaged("SecurityAudit")] },
    ],
    roles: [
      {
        name: "AWSServiceRoleForSupport",
        path: "/aws-service-role/support.amazonaws.com/",
        trust: [trust({ Service: "support.amazonaws.com" })],
      },
      {
        name: POOL_ROLE,
        trust: [trust({ Service: "ec2.amazonaws.com" })],
        attached: [awsManaged("AmazonS3ReadOnlyAccess")],
        tags: { Owner: owner, "cost-center": "4100" },
        lastUsedDaysAgo: 0,
      },
      {
        name: "OrganizationAccountAccessRole",
        trust: [trust({ AWS: `arn:aws:iam::${MANAGEMENT}:root` })],
        attached: [awsManaged("AdministratorAccess")],
        tags: { Owner: owner },
      },
    ],
    policies: [
      ...AWS_POLICIES,
      {
        arn: lake,
        name: "data-lake-write",
        statements: [allow(["s3:PutObject", "s3:DeleteObject", "glue:*"])],
      },
      {
        arn: deploy,
        name: "deploy-pipeline",
        statements: [
          allow(["ecs:UpdateService", "ecr:PutImage"]),
          { ...allow("ecs:DeleteCluster"), Effect: "Deny" },
        ],
      },
    ],
  };
}
