import { z } from "zod";

/**
 * What the APIs and the export of Cloud Asset Inventory say, as far as it is read. Unknown keys are dropped, so
 * descriptions, notes and whatever comes to be added never reach a recording. What is missing is unknown.
 * https://cloud.google.com/resource-manager/reference/rest/v3/projects
 * https://cloud.google.com/iam/docs/reference/rest
 */

/** gRPC gives `{seconds, nanos}`, JSON an ISO text. */
const instant = z
  .union([
    z.string(),
    z
      .object({ seconds: z.union([z.string(), z.number()]).optional(), nanos: z.number().optional() })
      .transform(({ seconds = 0, nanos = 0 }) => {
        const ms = Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
        return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : "";
      }),
  ])
  .nullish()
  .transform((text) => (text === null || text === "" ? undefined : text));
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});

export const organizationShape = z.object({
  name: z.string().regex(/^organizations\/\d+$/),
  displayName: text,
  directoryCustomerId: text,
  state: text,
  createTime: instant,
});
export const folderShape = z.object({
  name: z.string().regex(/^folders\/\d+$/),
  parent: text,
  displayName: text,
  state: text,
  createTime: instant,
});
export const projectShape = z.object({
  name: z.string().regex(/^projects\/\d+$/),
  parent: text,
  projectId: text,
  displayName: text,
  state: text,
  createTime: instant,
  labels,
});
export type Organization = z.infer<typeof organizationShape>;
export type Folder = z.infer<typeof folderShape>;
export type Project = z.infer<typeof projectShape>;

const condition = z
  .object({ expression: text, title: text, description: text })
  .nullish()
  .transform((value) =>
    value?.expression === undefined
      ? undefined
      : {
          expression: value.expression,
          title: value.title,
          /** The words of it are nobody's business; that there are some decides how it is removed. */
          described: (value.description ?? "") !== "",
        },
  );
export const bindingShape = z.object({
  role: z.string().min(1),
  members: z.array(z.string()).default([]),
  condition,
});
export const policyShape = z.object({
  version: z.number().optional(),
  bindings: z.array(bindingShape).default([]),
});
export type Binding = z.infer<typeof bindingShape>;
export type Policy = z.infer<typeof policyShape>;

export const roleShape = z.object({
  name: z.string().regex(/^(organizations|projects)\/[^/]+\/roles\/[^/]+$/),
  title: text,
  stage: text,
  deleted: z.boolean().optional(),
  includedPermissions: z.array(z.string()).optional(),
});
export type Role = z.infer<typeof roleShape>;

export const accountShape = z.object({
  uniqueId: z.string().min(1),
  email: z.string().min(1),
  displayName: text,
  disabled: z.boolean().optional(),
});
export type ServiceAccount = z.infer<typeof accountShape>;

export const keyShape = z.object({
  /** `projects/p/serviceAccounts/a@p…/keys/0123abcd` */
  name: z.string().regex(/\/keys\/[^/]+$/),
  keyType: text,
  keyOrigin: text,
  validAfterTime: instant,
  validBeforeTime: instant,
  disabled: z.boolean().optional(),
  disableReason: text,
});
export type Key = z.infer<typeof keyShape>;

export const poolShape = z.object({
  /** `projects/<number>/locations/global/workloadIdentityPools/<id>` */
  name: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/workloadIdentityPools\/[^/]+$/),
  displayName: text,
  state: text,
  disabled: z.boolean().optional(),
});
export type Pool = z.infer<typeof poolShape>;

export const providerShape = z.object({
  name: z
    .string()
    .regex(/^projects\/[^/]+\/locations\/[^/]+\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/),
  state: text,
  disabled: z.boolean().optional(),
  attributeMapping: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? undefined),
  attributeCondition: text,
  oidc: z.object({ issuerUri: text }).nullish(),
  aws: z.object({ accountId: text }).nullish(),
  saml: z.object({}).nullish(),
});
export type Provider = z.infer<typeof providerShape>;

/** Items one by one: one that is malformed is told by its place, and takes no other with it. */
export function each<T>(
  shape: z.ZodType<T>,
  items: readonly unknown[],
  reject: (where: string, reason: string) => void,
  what: string,
): readonly T[] {
  return items.flatMap((item, index) => {
    const parsed = shape.safeParse(item);
    if (parsed.success) return [parsed.data];
    reject(`${what} ${index + 1} of a page`, parsed.error.issues[0]?.path.join(".") ?? "malformed");
    return [];
  });
}
