import { afterEach, beforeEach, expect, it } from "vitest";
import { described, entraUser, workspaceUser } from "../../test/support/crossing-world.js";
import { edge, openWorkbench, type Workbench } from "../../test/support/workbench.js";
import { type GraphRecord, type Props, refKey } from "../model/index.js";

/** An application that an administrator disabled signs nobody in, whoever is assigned, and whatever it asks for. */
let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(async () => {
  await bench.close();
});

const T1 = Date.parse("2026-06-01");
const DAY = 86_400_000;
const PROVIDER = "arn:aws:iam::111122223333:saml-provider/Entra";
const ROLE_ARN = "arn:aws:iam::111122223333:role/ops";
const USER = "entra/entra-user/u";
const GOOGLE = "entra/entra-app-instance/g";
const AWS = "entra/entra-app-instance/a";
const AWS_ROLE = "entra/entra-app-role/a/ops";

const entra = (status: string, assignmentRequired: boolean): readonly GraphRecord[] => {
  const app = (key: string, props: Props) =>
    described("Resource", "EntraAppInstance", key, { status, assignmentRequired, ...props });
  return [
    entraUser("u", "ann@x.example"),
    app(GOOGLE, { signsInTo: ["google.com"] }),
    described("Entitlement", "EntraAppRole", "entra/entra-app-role/g/0"),
    edge("ON", "entra/entra-app-role/g/0", GOOGLE),
    edge("HAS_ENTITLEMENT", USER, "entra/entra-app-role/g/0"),
    app(AWS, { signsInTo: ["https://signin.aws.amazon.com/saml"] }),
    described("Entitlement", "EntraAppRole", AWS_ROLE, { value: `${ROLE_ARN},${PROVIDER}` }),
    edge("ON", AWS_ROLE, AWS),
    edge("HAS_ENTITLEMENT", USER, AWS_ROLE),
  ];
};
const aws: readonly GraphRecord[] = [
  described("NonHumanIdentity", "AwsRole", "aws/aws-role/R", { arn: ROLE_ARN }, [ROLE_ARN]),
  edge("CAN_ASSUME", refKey("aws-federated", PROVIDER), "aws/aws-role/R", { trust: "saml" }),
];

async function derivedAt(at: number, records: readonly GraphRecord[]): Promise<readonly unknown[]> {
  await bench.read("entra", records, at);
  await bench.link(at);
  const rows = await bench.store.rows(
    `MATCH (a:Account {key: '${USER}'})-[e:SIGNS_IN_AS|CAN_ASSUME]->(b:Entity) RETURN b.key AS b ORDER BY b`,
  );
  return rows.map(({ b }) => b);
}

it.each([true, false])("where assignment is required: %s", async (required) => {
  await bench.read("ws", [workspaceUser("1", "ann@x.example")], T1);
  await bench.read("aws", aws, T1);
  const both = ["aws/aws-role/R", "ws/workspace-user/1"];
  expect(await derivedAt(T1, entra("enabled", required))).toEqual(both);
  expect(await derivedAt(T1 + DAY, entra("disabled", required))).toEqual([]);
  // What is not known to be disabled may sign somebody in.
  expect(await derivedAt(T1 + 2 * DAY, entra("unknown", required))).toEqual(both);
});

it("does not take a directory role limited to an application for an assignment to it", async () => {
  await bench.read("ws", [workspaceUser("1", "ann@x.example")], T1);
  const role = "entra/entra-directory-role/9b895d92/g";
  const limited = [
    entraUser("u", "ann@x.example"),
    described("Resource", "EntraAppInstance", GOOGLE, {
      status: "enabled",
      assignmentRequired: true,
      signsInTo: ["google.com"],
    }),
    described("Entitlement", "EntraDirectoryRole", role, { privilege: "admin" }),
    edge("ON", role, GOOGLE),
    edge("HAS_ENTITLEMENT", USER, role),
  ];
  expect(await derivedAt(T1, limited)).toEqual([]);
});
