import { describe, expect, it } from "vitest";
import { combined, type Flat, type Transition } from "./change.js";

const changed = (before: Flat, after: Flat): Transition => ({
  kind: "changed",
  label: "Account",
  before,
  after,
});
const added = (after: Flat): Transition => ({ kind: "added", label: "Account", before: undefined, after });
const removed = (before: Flat): Transition => ({
  kind: "removed",
  label: "Account",
  before,
  after: undefined,
});

describe("two transitions of one record in one read are one", () => {
  it("added and then completed by another stream", () => {
    expect(
      combined(
        added({ name: "a", status: "unknown" }),
        changed({ status: "unknown" }, { status: "enabled", mfa: true }),
      ),
    ).toEqual(added({ name: "a", status: "enabled", mfa: true }));
    expect(combined(added({ name: "a", path: "/" }), changed({ path: "/" }, {}))).toEqual(
      added({ name: "a" }),
    );
  });

  it("changed twice: from what it was before both", () => {
    const first = changed({ status: "enabled", a: 1 }, { status: "disabled", b: 2 });
    const second = changed({ status: "disabled", c: 3 }, { status: "unknown", c: 4 });
    expect(combined(first, second)).toEqual(
      changed({ status: "enabled", a: 1, c: 3 }, { status: "unknown", b: 2, c: 4 }),
    );
  });

  it("changed and changed back is nothing", () => {
    expect(combined(changed({ a: 1 }, { a: 2 }), changed({ a: 2 }, { a: 1 }))).toBeUndefined();
    expect(combined(changed({}, { a: 2 }), changed({ a: 2 }, {}))).toBeUndefined();
  });

  it("changed on the way to its removal: removed as it was before", () => {
    const first = changed({ status: "enabled" }, { status: "unknown", extra: 1 });
    expect(combined(first, removed({ name: "a", status: "unknown", extra: 1 }))).toEqual(
      removed({ name: "a", status: "enabled" }),
    );
    expect(combined(added({ name: "a" }), removed({ name: "a" }))).toBeUndefined();
  });
});
