import type { RateLimit } from "../../src/collect/index.js";

/**
 * Half of the 2,400 queries a minute that a project may make for one user.
 * https://developers.google.com/workspace/admin/directory/v1/limits. How many may run at once is not published.
 */
export const rateLimit: RateLimit = { requestsPerSecond: 20, concurrency: 8 };

/** The largest pages there are. https://developers.google.com/workspace/admin/directory/reference/rest */
export const PAGE = {
  users: 500,
  groups: 200,
  members: 200,
  roles: 100,
  roleAssignments: 200,
  licenses: 1000,
} as const;

/**
 * The products whose seats the Licensing API was known to list in 2026: it does not say itself which there are.
 * https://developers.google.com/workspace/admin/licensing/v1/how-tos/products and what
 * https://github.com/GAM-team/GAM/wiki/Licenses has besides, but for the licences of Chrome devices, which no user has.
 */
export const PRODUCTS: readonly string[] = [
  "Google-Apps",
  "Google-Vault",
  "Google-Drive-storage",
  "101001",
  "101005",
  "101031",
  "101033",
  "101034",
  "101035",
  "101036",
  "101037",
  "101038",
  "101039",
  "101040",
  "101043",
  "101047",
  "101049",
  "101050",
  "101068",
];
