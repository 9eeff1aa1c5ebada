export { type AccessReport, describeAccess } from "./access.js";
export type { RetryLimits } from "./caller.js";
export { type Clock, systemClock } from "./clock.js";
export { type CollectOptions, collectSource } from "./collect.js";
export * from "./contract.js";
export { decodeText, detectEncoding } from "./encoding.js";
export {
  failureOfStatus,
  type HeaderLookup,
  networkFailure,
  retryAfterMs,
  safeMessage,
  waitOf,
} from "./failure.js";
export { HttpError, type HttpRequest, type HttpResponse, request, requestJson } from "./http.js";
export { UNKNOWN_PARTITION } from "./open.js";
export { type ProxyAgents, proxyAgents, proxyFor } from "./proxy.js";
