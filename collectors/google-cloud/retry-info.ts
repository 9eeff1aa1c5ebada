/**
 * `google.rpc.RetryInfo` as it comes in trailing metadata (`google.rpc.retryinfo-bin`): field 1 is a
 * `google.protobuf.Duration`, whose field 1 is seconds and field 2 nanoseconds, all varints.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 * Milliseconds; undefined where the bytes say nothing.
 */
export function retryInfoMs(bytes: Uint8Array): number | undefined {
  const outer = fieldsOf(bytes)?.get(1);
  if (!(outer instanceof Uint8Array)) return undefined;
  const duration = fieldsOf(outer);
  if (duration === undefined) return undefined;
  return durationMs(duration.get(1), duration.get(2));
}

/** A Duration as JSON (`"30s"`, `"1.5s"`) or as a decoded message (`{seconds, nanos}`), in milliseconds. */
export function durationOf(value: unknown): number | undefined {
  if (typeof value === "string") {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1];
    return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
  }
  if (typeof value !== "object" || value === null) return undefined;
  const seconds = "seconds" in value ? Number(value.seconds) : 0;
  const nanos = "nanos" in value ? Number(value.nanos) : 0;
  return durationMs(seconds, nanos);
}

function durationMs(seconds: unknown, nanos: unknown): number | undefined {
  const whole = seconds === undefined ? 0 : Number(seconds);
  const part = nanos === undefined ? 0 : Number(nanos);
  const ms = Math.ceil(whole * 1000 + part / 1_000_000);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** The fields of one message: varints as numbers, length-delimited ones as bytes. Undefined where it is no message. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, number | Uint8Array> | undefined {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const length = varint();
    if (length === undefined) return undefined;
    if (tag % 8 === 0) fields.set(Math.floor(tag / 8), length);
    else if (tag % 8 === 2) {
      if (at + length > bytes.length) return undefined;
      fields.set(Math.floor(tag / 8), bytes.subarray(at, at + length));
      at += length;
    } else return undefined;
  }
  return fields;
}
