import { describe, expect, it } from "vitest";
import { edgeId, type GraphRecord, InputError, recordId, recordLine, recordType } from "../model/index.js";
import { HeadReader, recordOf } from "./line.js";

const node: GraphRecord = {
  kind: "node",
  key: "s/user/a%20b",
  label: "Account",
  provider: "AwsUser",
  aliases: ['x"],"key":"y'],
  props: { name: 'A "B" \\ \u2028', count: 1.5, list: ["a"] },
};
const edge: GraphRecord = {
  kind: "edge",
  type: "MEMBER_OF",
  from: "s/user/a",
  to: "s/group/g",
  discriminator: 'if "a|b" % \\ c',
  props: {},
};

describe("a canonical line", () => {
  it("gives its head without being parsed, whatever the partition is called", () => {
    const reader = new HeadReader();
    for (const partition of ["1", "1", 'a"b', "a\\", '","record":{', "1", "12", "ü"]) {
      for (const record of [node, edge]) {
        const line = recordLine(partition, record);
        const head = reader.read(line);
        expect(head).toMatchObject({ id: recordId(record), type: recordType(record), partition });
        expect(recordOf(line, head)).toEqual(record);
      }
    }
  });

  it("is refused where it is not one", () => {
    const reader = new HeadReader();
    for (const line of ["", "{}", '{"id":"a"', '{"id":"a","type":"B","partition":1,"record":{}}']) {
      expect(() => reader.read(line)).toThrow(InputError);
    }
  });

  it("is refused where its record would put anything but the vocabulary into the graph", () => {
    const reader = new HeadReader();
    const bad: readonly GraphRecord[] = [
      { ...node, props: { assertions: ["x"] } },
      { ...node, props: { "a b": 1 } },
      { ...node, unsure: ["a b"] },
      { ...node, provider: "Aws User" },
      { ...edge, props: { disc: "x" } },
    ];
    for (const record of bad) {
      const line = recordLine("1", record);
      expect(() => recordOf(line, reader.read(line))).toThrow(InputError);
    }
    for (const [from, to] of [
      ['"label":"Account"', '"label":"Account) DETACH DELETE (n"'],
      ['"kind":"node"', '"kind":"other"'],
      ['"key":"s/user/a%20b"', '"key":"s/user/other"'],
    ] as const) {
      const line = recordLine("1", node).replace(from, to);
      expect(() => recordOf(line, reader.read(line))).toThrow(InputError);
    }
    const line = recordLine("1", edge)
      .replace('"type":"MEMBER_OF","props"', "")
      .replaceAll("MEMBER_OF", "OWNS");
    expect(() => recordOf(line, reader.read(line))).toThrow(InputError);
    expect(edgeId("MEMBER_OF", "a", "b")).toBe("MEMBER_OF|a|b|");
  });
});
