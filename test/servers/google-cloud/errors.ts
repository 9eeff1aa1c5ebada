import { Metadata, status } from "@grpc/grpc-js";
import type { JsonAnswer } from "../https.js";

/**
 * Errors as Google's APIs give them: `google.rpc.Status` with details, in JSON over HTTP, and in the trailer
 * `grpc-status-details-bin` over gRPC. https://cloud.google.com/apis/design/errors, https://google.aip.dev/193
 */
export interface ApiError {
  readonly http: number;
  readonly code: number;
  readonly status: string;
  readonly message: string;
  /** ErrorInfo. */
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** RetryInfo among the details. */
  readonly retrySeconds?: number;
  /** RetryInfo by itself, in the trailer `google.rpc.retryinfo-bin`, as older services give it. */
  readonly retryTrailerSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** `errors[]` of the older form of Google's errors, which the newer one still carries in places. */
  readonly legacyReason?: string;
}

export const ERRORS = {
  unauthenticated: (): ApiError => ({
    http: 401,
    code: status.UNAUTHENTICATED,
    status: "UNAUTHENTICATED",
    message: "Request had invalid authentication credentials.",
    reason: "CREDENTIALS_MISSING",
  }),
  scopes: (): ApiError => ({
    http: 403,
    code: status.PERMISSION_DENIED,
    status: "PERMISSION_DENIED",
    message: "Request had insufficient authentication scopes.",
    reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
  }),
  denied: (permission: string, resource: string): ApiError => ({
    http: 403,
    code: status.PERMISSION_DENIED,
    status: "PERMISSION_DENIED",
    message: `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    reason: "IAM_PERMISSION_DENIED",
    metadata: { permission, resource },
  }),
  /** https://cloud.google.com/docs/quotas/set-quota-project: the caller may not let the project pay for its calls. */
  notCounted: (): ApiError => ({
    http: 403,
    code: status.PERMISSION_DENIED,
    status: "PERMISSION_DENIED",
    message: "Caller does not have required permission to use project lark-quota.",
    reason: "USER_PROJECT_DENIED",
    metadata: { consumer: "projects/lark-quota", service: "iam.googleapis.com" },
  }),
  notFound: (what: string): ApiError => ({
    http: 404,
    code: status.NOT_FOUND,
    status: "NOT_FOUND",
    message: `${what} was not found.`,
  }),
  invalid: (what: string): ApiError => ({
    http: 400,
    code: status.INVALID_ARGUMENT,
    status: "INVALID_ARGUMENT",
    message: what,
  }),
} as const;

const DOMAIN = "googleapis.com";

export function jsonError(error: ApiError): JsonAnswer {
  const details: object[] = [];
  if (error.reason !== undefined)
    details.push({
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: error.reason,
      domain: DOMAIN,
      metadata: error.metadata ?? {},
    });
  if (error.retrySeconds !== undefined)
    details.push({
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      retryDelay: `${error.retrySeconds}s`,
    });
  return {
    status: error.http,
    headers: { ...error.headers },
    body: {
      error: {
        code: error.http,
        message: error.message,
        status: error.status,
        ...(error.legacyReason === undefined
          ? {}
          : { errors: [{ domain: "usageLimits", reason: error.legacyReason, message: error.message }] }),
        details,
      },
    },
  };
}

export function rpcError(error: ApiError): { code: number; details: string; metadata: Metadata } {
  const metadata = new Metadata();
  const details: Buffer[] = [];
  if (error.reason !== undefined)
    details.push(
      any(
        "google.rpc.ErrorInfo",
        message([
          [1, error.reason],
          [2, DOMAIN],
          ...Object.entries(error.metadata ?? {}).map(([name, value]): [number, Buffer] => [
            3,
            message([
              [1, name],
              [2, value],
            ]),
          ]),
        ]),
      ),
    );
  if (error.retrySeconds !== undefined)
    details.push(any("google.rpc.RetryInfo", retryInfo(error.retrySeconds)));
  if (details.length > 0) {
    const rest = details.map((detail): [number, Buffer] => [3, detail]);
    metadata.set("grpc-status-details-bin", message([[1, error.code], [2, error.message], ...rest]));
  }
  if (error.retryTrailerSeconds !== undefined)
    metadata.set("google.rpc.retryinfo-bin", retryInfo(error.retryTrailerSeconds));
  return { code: error.code, details: error.message, metadata };
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
export const retryInfo = (seconds: number): Buffer => {
  const whole = Math.floor(seconds);
  const nanos = Math.round((seconds - whole) * 1e9);
  const rest: readonly (readonly [number, number])[] = nanos === 0 ? [] : [[2, nanos]];
  return message([[1, message([[1, whole], ...rest])]]);
};

const any = (type: string, value: Buffer) =>
  message([
    [1, `type.googleapis.com/${type}`],
    [2, value],
  ]);

/** A message on the wire: varints, and what has a length. https://protobuf.dev/programming-guides/encoding/ */
function message(fields: readonly (readonly [number, number | string | Buffer])[]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      if (typeof value === "number") return Buffer.concat([varint(field * 8), varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
