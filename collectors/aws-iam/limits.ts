import type { RateLimit } from "../../src/collect/index.js";

/** AWS publishes no rates for IAM's reads; throttling sets in around twice this. */
export const rateLimit: RateLimit = { requestsPerSecond: 10, concurrency: 4 };
