import { expect, it } from "vitest";
import { edgeId, parseEdgeId, recordLine } from "./records.js";

it("makes ids that stand in a line without escapes, whatever the discriminator holds", () => {
  const discriminator = 'a|b"c\\d\u0001\u007f\u0085\n%';
  const edge = {
    kind: "edge",
    type: "MEMBER_OF",
    from: "s/u/1",
    to: "s/g/1",
    discriminator,
    props: {},
  } as const;
  const line = recordLine("all", edge);
  const id = edgeId(edge.type, edge.from, edge.to, discriminator);
  expect(JSON.parse(line)).toMatchObject({ id, record: { discriminator } });
  expect(line.startsWith(`{"id":"${id}","type"`)).toBe(true);
  expect(decodeURIComponent(parseEdgeId(id)?.discriminator ?? "")).toBe(discriminator);
});
