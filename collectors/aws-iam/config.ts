import { z } from "zod";

/** Without quotes YAML makes a number of it, and drops leading zeros: both are put right. */
const accountId = z
  .union([z.string(), z.int().nonnegative()])
  .transform((id) => (typeof id === "number" ? String(id).padStart(12, "0") : id))
  .pipe(z.string().regex(/^\d{12}$/, "is an AWS account id: 12 digits"));
const ROLE_ARN = /^arn:[a-z-]+:iam::(\d{12}):role\/.+$/;

const account = z
  .strictObject({
    id: accountId,
    /** ARN or name of the role to assume in that account; without it the caller's own credentials are used. */
    role: z.string().min(1).optional(),
  })
  .refine(
    ({ id, role }) => role === undefined || !role.startsWith("arn:") || ROLE_ARN.exec(role)?.[1] === id,
    "role is not a role of the account it stands beside",
  );

/** The keys of an `aws-iam` source in exitgraph.yaml. Credentials come from the environment, as for the AWS command line. */
export const configSchema = z.strictObject({
  /** IAM is global within an AWS partition; the region says which one, and which STS endpoint. */
  region: z.string().min(1).default("us-east-1"),
  /** For VPC endpoints and tests: used for IAM and STS alike. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** A profile of ~/.aws/config; the SDK's default chain without it. */
  profile: z.string().min(1).optional(),
  accounts: z
    .array(account)
    .min(1)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "names an account twice")
    .optional(),
  /** The external id that the roles ask for. */
  externalId: z.string().min(2).optional(),
  /** Names of tags that name an owner, in any case. */
  ownerTags: z
    .array(z.string().min(1))
    .default(["owner", "owned-by", "ownedby", "owner-email", "owneremail"]),
  /** Names of tags that hold a user's e-mail address, in any case. */
  emailTags: z.array(z.string().min(1)).default(["email", "e-mail", "mail", "user-email", "useremail"]),
});
export type AwsIamConfig = z.infer<typeof configSchema>;
