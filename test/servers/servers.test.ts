import {
  IAMClient,
  ListGroupsForUserCommand,
  ListUsersCommand,
  paginateGetAccountAuthorizationDetails,
} from "@aws-sdk/client-iam";
import neo4j from "neo4j-driver";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startChild } from "./child.js";
import {
  describeWith,
  emptyNeo4j,
  type MotoServer,
  sharedNeo4j,
  startMoto,
  startToxiproxy,
  type ToxiproxyServer,
} from "./index.js";

describeWith(["neo4j"], "Neo4j", () => {
  it("is the version that users run, asks for a password, and can be emptied", async () => {
    const { uri, user, password } = sharedNeo4j();
    const driver = neo4j.driver(uri, neo4j.auth.basic(user, password));
    try {
      const about = await driver.executeQuery(
        "CALL dbms.components() YIELD versions RETURN versions[0] AS v",
      );
      expect(String(about.records[0]?.get("v"))).toMatch(/^5\./);
      await driver.executeQuery("CREATE CONSTRAINT c FOR (n:T) REQUIRE n.k IS UNIQUE");
      await driver.executeQuery("CREATE INDEX i FOR (n:T) ON (n.x)");
      await driver.executeQuery("UNWIND range(1, 100) AS k CREATE (:T {k: k})-[:R]->(:U)");
      await emptyNeo4j(sharedNeo4j());
      const left = await driver.executeQuery("MATCH (n) RETURN count(n) AS n");
      expect(Number(left.records[0]?.get("n"))).toBe(0);
      const schema = await driver.executeQuery(
        "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name",
      );
      expect(schema.records).toEqual([]);
    } finally {
      await driver.close();
    }
    const stranger = neo4j.driver(uri, neo4j.auth.basic(user, "wrong"));
    await expect(stranger.verifyAuthentication()).resolves.toBe(false);
    await stranger.close();
  });
});

const readAll = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }],
};

describeWith(["moto"], "moto", () => {
  let moto: MotoServer;
  beforeAll(async () => {
    moto = await startMoto({
      seed: {
        "123456789012": {
          groups: [{ name: "ops", attached: ["arn:aws:iam::aws:policy/AdministratorAccess"] }],
          roles: [
            {
              name: "deploy",
              trust: {
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
              },
              inline: { all: readAll },
            },
          ],
          policies: [{ name: "own", document: readAll }],
          users: [
            {
              name: "ann",
              createdAt: Date.UTC(2024, 1, 3),
              password: true,
              accessKeys: ["Active", "Inactive"],
              groups: ["ops"],
              tags: { owner: "ann@corp.example" },
              attached: ["arn:aws:iam::123456789012:policy/own"],
            },
            ...Array.from({ length: 2_000 }, (_, i) => ({ name: `u${i}` })),
          ],
        },
      },
    });
  });
  afterAll(() => moto?.stop());

  it("holds what was seeded, for the real SDK", async () => {
    const client = new IAMClient({ endpoint: moto.url, region: "us-east-1", credentials: moto.credentials });
    const users = await client.send(new ListUsersCommand({}));
    expect(users.Users).toHaveLength(2_001);
    const groups = await client.send(new ListGroupsForUserCommand({ UserName: "ann" }));
    expect(groups.Groups?.map((g) => g.GroupName)).toEqual(["ops"]);
    const roles: string[] = [];
    for await (const page of paginateGetAccountAuthorizationDetails({ client }, {})) {
      const ann = page.UserDetailList?.find((u) => u.UserName === "ann");
      if (ann !== undefined) expect(ann.CreateDate?.toISOString()).toBe("2024-02-03T00:00:00.000Z");
      roles.push(...(page.RoleDetailList ?? []).map((role) => role.RoleName ?? ""));
    }
    expect(roles).toEqual(["deploy"]);
    client.destroy();
  });

  it("forgets all of it", async () => {
    await moto.reset();
    const client = new IAMClient({ endpoint: moto.url, region: "us-east-1", credentials: moto.credentials });
    expect((await client.send(new ListUsersCommand({}))).Users).toEqual([]);
    client.destroy();
  });
});

describeWith(["moto", "toxiproxy"], "toxiproxy", () => {
  let moto: MotoServer;
  let toxiproxy: ToxiproxyServer;
  beforeAll(async () => {
    [moto, toxiproxy] = await Promise.all([startMoto(), startToxiproxy()]);
  });
  afterAll(() => Promise.all([moto?.stop(), toxiproxy?.stop()]));

  it("passes on, cuts, refuses, and heals", async () => {
    const proxy = await toxiproxy.proxy("aws", new URL(moto.url).host);
    // A connection of its own for each request: a kept one would hide that new ones are refused.
    const ask = () =>
      fetch(`http://${proxy.address}/moto-api/data.json`, { headers: { connection: "close" } });
    expect((await ask()).status).toBe(200);
    await proxy.add("cut", { type: "reset_peer", attributes: { timeout: 0 } });
    await expect(ask().then((r) => r.text())).rejects.toThrow();
    await proxy.remove("cut");
    expect((await ask()).status).toBe(200);
    await proxy.disable();
    await expect(ask()).rejects.toThrow();
    await proxy.enable();
    expect((await ask()).status).toBe(200);
    await proxy.add("half", { type: "limit_data", attributes: { bytes: 20 } });
    await toxiproxy.reset();
    expect((await ask()).status).toBe(200);
    await proxy.delete();
    await expect(ask()).rejects.toThrow();
  });
});

it("a server that does not come up says what it printed", async () => {
  const start = startChild({
    name: "Thing",
    command: process.execPath,
    args: ["-e", "console.error('port is taken'); process.exit(3)"],
    ready: /READY/,
    timeoutMs: 10_000,
  });
  await expect(start).rejects.toThrow(/Thing did not start: it ended with exit code 3[\s\S]*port is taken/);
});
