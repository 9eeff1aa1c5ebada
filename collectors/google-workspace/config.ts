import { z } from "zod";
import { PRODUCTS } from "./limits.js";

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));
/** A service account cannot be its own subject: Google acts for a user of the Workspace. */
const userAddress = z
  .email()
  .refine((text) => !text.endsWith(".gserviceaccount.com"), "is a service account, not a user");

/** What one seat costs. Only people know: the API has no prices. */
const seatCost = z.strictObject({
  /** For whatever period you compare by; the same for all. */
  costPerSeat: z.number().nonnegative(),
  /** ISO 4217: `EUR`. */
  currency: z.string().regex(/^[A-Z]{3}$/, "is a currency code of three capital letters, such as EUR"),
  renewsOn: z.iso.date().optional(),
});
export type SeatCost = z.infer<typeof seatCost>;

/**
 * The keys of a `google-workspace` source in exitgraph.yaml. The service account's credentials come from the
 * environment (GOOGLE_APPLICATION_CREDENTIALS).
 */
export const configSchema = z.strictObject({
  /** The administrator whom the service account acts for. Needed for all but recordings. */
  adminSubject: userAddress.optional(),
  /** The Workspace account: `my_customer` is the administrator's own. */
  customer: z
    .string()
    .regex(/^(my_customer|C[A-Za-z0-9]+)$/, "is my_customer or a customer id such as C03az79cb")
    .default("my_customer"),
  /** Whose licences are asked for, in place of those that were known when the list was made. */
  products: z
    .array(z.string().regex(/^[A-Za-z0-9-]+$/, "is not a product id"))
    .min(1)
    .optional(),
  /** By SKU id. */
  seatCosts: z.record(z.string(), seatCost).default({}),
  /** Mail delegates need a scope of their own, and two calls per mailbox. */
  delegates: z.boolean().default(true),
  /** Half of what Google allows a project. */
  licensingRequestsPerSecond: z.number().positive().default(0.5),
  /** For private endpoints and tests. */
  endpoints: z
    .strictObject({
      directory: url.default("https://admin.googleapis.com"),
      licensing: url.default("https://licensing.googleapis.com"),
      gmail: url.default("https://gmail.googleapis.com"),
      token: url.default("https://oauth2.googleapis.com/token"),
      iamCredentials: url.default("https://iamcredentials.googleapis.com"),
    })
    .prefault({}),
});
export type WorkspaceConfig = z.infer<typeof configSchema>;

/** Products to ask for. */
export const productsOf = (config: WorkspaceConfig): readonly string[] => [
  ...new Set(config.products ?? PRODUCTS),
];
