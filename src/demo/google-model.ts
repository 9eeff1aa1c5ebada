import { googleId, googleNumber, keyId } from "./ids.js";
import { slug } from "./members.js";
import { DOMAIN } from "./people.js";

/** What the made-up organisation of Google Cloud holds, before it is put into the form of an export. */

export interface BindingSpec {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}
export interface GoogleKeySpec {
  readonly name: string;
  readonly createdDaysAgo: number;
}
export interface ServiceAccountSpec {
  /** What stands before the @. */
  readonly name: string;
  readonly title: string;
  readonly keys?: readonly GoogleKeySpec[];
  /** Who may do what with the account itself. */
  readonly bindings?: readonly BindingSpec[];
}
export interface ProjectSpec {
  /** The project id: a name that is taken once in all of Google Cloud. */
  readonly id: string;
  readonly title: string;
  /** Worker id, in the project's label `owner`. */
  readonly owner: string;
  readonly createdDaysAgo: number;
  readonly accounts: readonly ServiceAccountSpec[];
  readonly bindings: readonly BindingSpec[];
  readonly pool?: PoolSpec;
}
/** A workload identity pool that trusts an AWS account. */
export interface PoolSpec {
  readonly name: string;
  readonly awsAccount: string;
}

/** What a story adds to Google Cloud. */
export interface GooglePart {
  readonly projects?: readonly ProjectSpec[];
  /** Bindings on a project of the first site, by project id. */
  readonly bindings?: Readonly<Record<string, readonly BindingSpec[]>>;
}

/** `owner` labels of projects say whose they are. */
export const OWNER_LABEL = "owner";
/** The project of the first site's shop. */
export const SHOP = "larkfield-shop";

export const accountEmail = (project: string, name: string) => `${name}@${project}.iam.gserviceaccount.com`;
export const groupMember = (name: string) => `group:${name}@${DOMAIN}`;

export const googleIds = {
  organization: (seed: string) => googleNumber("organization", seed),
  folder: (seed: string, site: string) => googleNumber("folder", seed, site),
  project: (seed: string, project: string) => googleNumber("project", seed, project),
  account: (seed: string, email: string) => googleId("service-account", seed, email),
  key: (seed: string, email: string, key: string) => keyId("key", seed, email, key),
} as const;

/** `-lyon` behind the names of a site's own things; those of the first site have none. */
export const suffixOf = (site: string, isFirst: boolean) => (isFirst ? "" : `-${slug(site)}`);

/** The pool of the shop and the role in AWS that is let in through it. */
export const AWS_POOL = "aws-production";
export const POOL_ROLE = "web-tier-instance";

/** Projects that every site has. `owner` is a worker id. */
export function siteProjects(
  seed: string,
  site: string,
  isFirst: boolean,
  owner: string,
  awsAccount: string,
): readonly ProjectSpec[] {
  const suffix = suffixOf(site, isFirst);
  const users = groupMember(`cloud-users${suffix}`);
  const admins = groupMember(`cloud-admins${suffix}`);
  const shop = `${SHOP}${suffix}`;
  const number = googleIds.project(seed, shop);
  const pool = `projects/${number}/locations/global/workloadIdentityPools/${AWS_POOL}`;
  const role = `arn:aws:sts::${awsAccount}:assumed-role/${POOL_ROLE}`;
  return [
    {
      id: shop,
      title: `Shop (${site})`,
      owner,
      createdDaysAgo: 1_200,
      accounts: [
        { name: "shop-jobs", title: "Nightly jobs", keys: [{ name: "2026", createdDaysAgo: 140 }] },
        {
          name: "shop-frontend",
          title: "Storefront",
          bindings: [
            {
              role: "roles/iam.workloadIdentityUser",
              members: [`principalSet://iam.googleapis.com/${pool}/attribute.aws_role/${role}`],
            },
          ],
        },
      ],
      bindings: [
        { role: "roles/owner", members: [admins] },
        { role: "roles/viewer", members: [users] },
        { role: deployerRole(seed), members: [groupMember(`platform-engineering${suffix}`)] },
        { role: "roles/cloudsql.client", members: [accountMember(shop, "shop-jobs")] },
        {
          role: "roles/compute.serviceAgent",
          members: [`serviceAccount:service-${number}@compute-system.iam.gserviceaccount.com`],
        },
      ],
      pool: { name: AWS_POOL, awsAccount },
    },
    {
      id: `larkfield-data${suffix}`,
      title: `Data platform (${site})`,
      owner,
      createdDaysAgo: 1_000,
      accounts: [{ name: "warehouse-load", title: "Loads the warehouse" }],
      bindings: [
        { role: "roles/owner", members: [admins] },
        {
          role: "roles/bigquery.dataEditor",
          members: [
            groupMember(`data-analytics${suffix}`),
            accountMember(`larkfield-data${suffix}`, "warehouse-load"),
          ],
        },
        {
          role: "roles/bigquery.admin",
          members: [groupMember(`data-analytics${suffix}`)],
          condition: {
            title: "sandbox only",
            expression: `resource.name.startsWith("projects/larkfield-data${suffix}/datasets/sandbox")`,
          },
        },
      ],
    },
  ];
}

const accountMember = (project: string, name: string) => `serviceAccount:${accountEmail(project, name)}`;
export const deployerRole = (seed: string) =>
  `organizations/${googleIds.organization(seed)}/roles/larkfieldDeployer`;

/** The unique id of the site's account for jobs, which the site's application in Entra ID trusts. */
export const jobsSubjectOf = (seed: string, site: string, isFirst: boolean) =>
  googleIds.account(seed, accountEmail(`${SHOP}${suffixOf(site, isFirst)}`, "shop-jobs"));
