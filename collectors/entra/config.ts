import { z } from "zod";

/** Graph and Entra ID speak TLS only, and the SDK sends no token over anything else. */
const host = z.url({ protocol: /^https$/ }).transform((text) => text.replace(/\/+$/, ""));
const guid = z
  .guid("is an id of 32 hexadecimal digits, such as 0f1e2d3c-1111-2222-3333-444455556666")
  .transform((id) => id.toLowerCase());

/** What one seat costs. Only people know: Graph has no prices. */
const seatCost = z.strictObject({
  /** For whatever period you compare by; the same for all. */
  costPerSeat: z.number().nonnegative(),
  /** ISO 4217: `EUR`. */
  currency: z.string().regex(/^[A-Z]{3}$/, "is a currency code of three capital letters, such as EUR"),
  renewsOn: z.iso.date().optional(),
});
export type SeatCost = z.infer<typeof seatCost>;

/**
 * The keys of an `entra` source in exitgraph.yaml. Secrets come from the environment only: as @azure/identity reads
 * it, or from the variable that `secretVariable` names.
 */
export const configSchema = z
  .strictObject({
    /** The directory (tenant) id. A domain name is not enough: it can move to another tenant. */
    tenantId: guid,
    /** The application (client) id, where it does not come from AZURE_CLIENT_ID. */
    clientId: guid.optional(),
    /** Name of the environment variable that holds the client secret, where several tenants are read. */
    secretVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is the name of an environment variable, not the secret itself")
      .optional(),
    /** PEM file with the certificate and its private key, where several tenants are read. */
    certificateFile: z.string().min(1).optional(),
    /** Of a national cloud: https://graph.microsoft.us, https://dod-graph.microsoft.us, https://microsoftgraph.chinacloudapi.cn. */
    endpoint: host.default("https://graph.microsoft.com"),
    /** Of a national cloud: https://login.microsoftonline.us, https://login.chinacloudapi.cn. */
    authority: host.default("https://login.microsoftonline.com"),
    /** By SKU id, or by its part number such as SPE_E5. */
    seatCosts: z.record(z.string(), seatCost).default({}),
    /** Inbox rules that forward need a permission of their own, and a request per mailbox. */
    mailForwarding: z.boolean().default(true),
  })
  .refine(
    ({ clientId, secretVariable, certificateFile }) =>
      clientId !== undefined || (secretVariable === undefined && certificateFile === undefined),
    "secretVariable and certificateFile need the clientId that they belong to",
  )
  .refine(
    ({ secretVariable, certificateFile }) => secretVariable === undefined || certificateFile === undefined,
    "name either secretVariable or certificateFile",
  );
export type EntraConfig = z.infer<typeof configSchema>;
