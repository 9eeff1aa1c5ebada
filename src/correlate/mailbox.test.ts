import { describe, expect, it } from "vitest";
import { comparableName, mailboxOf } from "./mailbox.js";

describe("mailboxOf", () => {
  const plus = mailboxOf({ plusAddresses: true, domains: ["New.example", "@old.example"] });
  const literal = mailboxOf({ plusAddresses: false, domains: [] });
  it.each([
    ["Ann@X.example", "ann@x.example"],
    [" ann@x.example ", "ann@x.example"],
    ["ann+aws@x.example", "ann@x.example"],
    ["+ann@x.example", "+ann@x.example"],
    ["ann@OLD.example", "ann@new.example"],
    ["ann@new.example", "ann@new.example"],
    ["ann", undefined],
    ["ann@", undefined],
    ["@x.example", undefined],
    ["ann lee@x.example", undefined],
  ])("%s is %s", (address, box) => {
    expect(plus(address)).toBe(box);
  });

  it("keeps tags where the company does not use them", () => {
    expect(literal("ann+aws@x.example")).toBe("ann+aws@x.example");
  });
});

describe("comparableName", () => {
  it("ignores case, width and spacing, and nothing else", () => {
    expect(comparableName("  Ann   LEE ")).toBe(comparableName("Ａnn Lee"));
    expect(comparableName("Ann Lee")).not.toBe(comparableName("Anne Lee"));
  });
});
