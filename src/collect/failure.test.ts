import { expect, test } from "vitest";
import { CollectError } from "./contract.js";
import { safeMessage } from "./failure.js";

test("an error is told by its first line, its code, and nothing of what it parsed", () => {
  expect(safeMessage(new Error("aborted\n  Deserialization error: to see the raw response, look"))).toBe(
    "aborted",
  );
  const reset = Object.assign(new Error("read failed"), { code: "ECONNRESET" });
  expect(safeMessage(new Error("fetch failed", { cause: reset }))).toBe("fetch failed, ECONNRESET");
  expect(safeMessage(new RangeError(""))).toBe("RangeError");
  expect(safeMessage(new SyntaxError("Unexpected token in s3cret"))).toBe("the answer is not valid JSON");
  expect(safeMessage(new CollectError({ kind: "fatal", message: "x" }, "said by us"))).toBe("said by us");
  expect(safeMessage("s3cret")).not.toContain("s3cret");
});
