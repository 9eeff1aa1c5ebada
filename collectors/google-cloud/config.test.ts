import { describe, expect, it } from "vitest";
import { configSchema, isSearch, rootsOf } from "./config.js";

describe("configuration", () => {
  it("takes numbers as text or as numbers, and says where to start", () => {
    const config = configSchema.parse({ organization: 123456789012, folders: ["9"] });
    expect(rootsOf(config)).toEqual(["organizations/123456789012", "folders/9"]);
    expect(isSearch(config)).toBe(false);
    expect(isSearch(configSchema.parse({}))).toBe(true);
    expect(isSearch(configSchema.parse({ projects: ["1"] }))).toBe(false);
  });

  it.each([
    [{ organization: "larkfield.example" }],
    [{ projects: ["my-project"] }],
    [{ projects: [] }],
    [{ projects: ["1", "1"] }],
    [{ iamEndpoint: "http://127.0.0.1" }],
    [{ resourceManagerEndpoint: "https://host" }],
    [{ token: "x" }],
  ])("refuses %j", (value) => {
    expect(configSchema.safeParse(value).success).toBe(false);
  });
});
