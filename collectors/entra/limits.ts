import type { RateLimit } from "../../src/collect/index.js";

/**
 * Entra ID counts resource units per application and tenant: 3,500, 5,000 or 8,000 in ten seconds, by the tenant's size
 * (https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits). A page of a list costs one
 * or two, so 100 calls a second are less than half of it; a batch of group members costs 40, and four of them at a
 * time, with the third of a second that one takes, stay near half of the largest. Where Graph says that more than 0.8
 * of the limit is used (x-ms-throttle-limit-percentage) the client slows down by itself. How many calls may run at
 * once is not published for Entra ID; four is what Outlook allows for one mailbox.
 */
export const rateLimit: RateLimit = { requestsPerSecond: 100, concurrency: 4 };

/** https://learn.microsoft.com/graph/json-batching#batch-size-limitations */
export const BATCH = 20;

/** The largest page of directory objects. */
export const PAGE = 999;
/** With signInActivity. https://learn.microsoft.com/graph/api/user-list#optional-query-parameters */
export const PAGE_WITH_SIGN_INS = 500;
