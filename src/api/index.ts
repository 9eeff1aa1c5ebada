export { type Handler, type Listening, type ListenOptions, listen } from "./listen.js";
export { isLoopback, requireLoopback } from "./loopback.js";
export { type ApiRead, apiReads } from "./queries.js";
export { printApiSchema } from "./schema/print.js";
export { type Api, type ApiLimits, type ApiOptions, CSRF_HEADER, createApi } from "./server.js";
