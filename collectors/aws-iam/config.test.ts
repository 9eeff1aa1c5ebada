import { describe, expect, it } from "vitest";
import { configSchema } from "./config.js";

describe("the configuration of aws-iam", () => {
  it.each([
    ["a text", "012345678901", "012345678901"],
    ["a number, as YAML reads it without quotes", 123456789012, "123456789012"],
    ["a number that lost its zero", 12345678901, "012345678901"],
  ])("takes an account id as %s", (_, id, expected) => {
    expect(configSchema.parse({ accounts: [{ id }] }).accounts?.[0]?.id).toBe(expected);
  });

  it.each(["1234", "12345678901x", 1234567890123, -1, 1.5])("refuses %s", (id) => {
    expect(configSchema.safeParse({ accounts: [{ id }] }).success).toBe(false);
  });
});
