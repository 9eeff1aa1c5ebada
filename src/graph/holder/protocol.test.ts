import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError, LeaseError, OperationError } from "../../model/index.js";
import {
  encodeFrame,
  errorOf,
  FrameReader,
  failureOf,
  HolderGone,
  holderGone,
  parseRequest,
  parseResponse,
} from "./protocol.js";

describe("frames", () => {
  test("come out as they went in, however the bytes are cut", () => {
    const rows = fc.array(
      fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "grapheme" }), fc.integer())),
    );
    fc.assert(
      fc.property(
        fc.array(rows, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (all, sizes) => {
          const sent = all.map((batch, i) => ({ id: i + 1, batch: batch.map((row) => ({ ...row })) }));
          const bytes = Buffer.concat(sent.map(encodeFrame));
          const reader = new FrameReader();
          const got: unknown[] = [];
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const size = sizes[cut % sizes.length] ?? 1;
            got.push(...reader.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(got.map(parseResponse)).toEqual(sent);
        },
      ),
    );
  });

  test("that are not ours are refused", () => {
    expect(() => [...new FrameReader().push(Buffer.from("\u0000\u0000\u0000\u0004nope"))]).toThrow(
      SyntaxError,
    );
    expect(() => parseRequest({ id: 1, op: "drop" })).toThrow();
    expect(() => parseRequest({ id: 0, op: "ping" })).toThrow();
    expect(() => parseRequest({ id: 1, op: "run", tx: 1, cypher: "RETURN 1", params: [] })).toThrow();
    expect(() => parseResponse({ id: 1, rows: [1] })).toThrow();
  });
});

test("errors come out as they went in", () => {
  const detail = { what: "What.", means: "Means.", fix: "Fix.", source: "hr" };
  for (const error of [
    new InputError(detail),
    new OperationError({ what: "Only what." }),
    new LeaseError(detail),
    holderGone(),
    new Error("plain"),
  ]) {
    const back = errorOf(failureOf(error));
    expect(back.constructor).toBe(error.constructor);
    expect(back.message).toBe(error.message);
  }
  expect(errorOf(failureOf(new InputError(detail)))).toMatchObject({ detail });
  expect(holderGone()).toBeInstanceOf(OperationError);
  expect(new OperationError(detail)).not.toBeInstanceOf(HolderGone);
});
