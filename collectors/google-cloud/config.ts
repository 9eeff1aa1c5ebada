import { z } from "zod";

/** Without quotes YAML makes a number of it. Google's numbers are no larger than 19 digits, and may pass 2^53. */
const number = z
  .union([z.string(), z.int().positive()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,19}$/, "is a number: digits only, in quotes where it is longer than 15"));
const numbers = z
  .array(number)
  .min(1)
  .refine((list) => new Set(list).size === list.length, "names one twice");

/** `localhost:8443`, `restricted.googleapis.com`. */
const endpoint = z.string().regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, "is a host, or host:port");

/**
 * The keys of a `google-cloud` source in exitgraph.yaml. Credentials are Application Default Credentials, from the
 * environment.
 */
export const configSchema = z.strictObject({
  /** Number of the organisation: everything below it is read. */
  organization: number.optional(),
  /** Numbers of folders to start from: instead of a whole organisation, or of another one. */
  folders: numbers.optional(),
  /** Numbers of single projects, beside those that are below, or alone. */
  projects: numbers.optional(),
  /** Host, or host:port, of Resource Manager (gRPC over TLS). */
  resourceManagerEndpoint: endpoint.optional(),
  /** Base address of the IAM API. */
  iamEndpoint: z.url({ protocol: /^https$/ }).optional(),
  /**
   * A statement of whoever made the Cloud Asset export: it is one of the whole organisation without `--asset-types`, so
   * a type that does not occur in it has none. Without it such a type counts as not asked for.
   */
  wholeExport: z.boolean().default(false),
  /** Labels of a project that name its owner, where the company has agreed on some. */
  ownerLabels: z.array(z.string().min(1)).default([]),
});
export type GoogleCloudConfig = z.infer<typeof configSchema>;

/** `organizations/1`, `folders/2`: what is read from its top; none where only projects are named, or nothing. */
export function rootsOf({ organization, folders }: GoogleCloudConfig): readonly string[] {
  const top = organization === undefined ? [] : [`organizations/${organization}`];
  return [...top, ...(folders ?? []).map((folder) => `folders/${folder}`)];
}

/** True where nothing says what to read, so that it is whatever the caller may see. */
export const isSearch = (config: GoogleCloudConfig): boolean =>
  rootsOf(config).length === 0 && config.projects === undefined;
