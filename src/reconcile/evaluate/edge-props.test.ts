import { afterEach, beforeEach, expect, it } from "vitest";
import { edge, node, openWorkbench, type Workbench } from "../../../test/support/workbench.js";
import { edgeId } from "../../model/index.js";
import { lookUpEdgeProps } from "./lookup.js";

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

it("tells two bindings of one role apart, by what each says of itself", async () => {
  const [from, to] = ["gcp/account/1", "gcp/role/1"];
  const plain = edge("HAS_ENTITLEMENT", from, to);
  const bound = {
    ...edge("HAS_ENTITLEMENT", from, to, { condition: "request.time < x", conditionTitle: "for now" }),
    discriminator: "c0ffee",
  };
  await bench.read("gcp", [node("Account", from), node("Entitlement", to), plain, bound], 1);
  const ids = [
    edgeId("HAS_ENTITLEMENT", from, to),
    edgeId("HAS_ENTITLEMENT", from, to, "c0ffee"),
    "nonsense",
  ];
  expect(await lookUpEdgeProps(bench.store, ids)).toEqual(
    new Map([
      [ids[0], {}],
      [ids[1], { condition: "request.time < x", conditionTitle: "for now" }],
    ]),
  );
});
