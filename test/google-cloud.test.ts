import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recordLine } from "../src/model/index.js";
import { walkFew } from "../src/reach/index.js";
import { assetExport } from "./servers/google-cloud/asset-export.js";
import {
  ALONE,
  accountOf,
  DATA,
  ERRORS,
  GoogleCloudServer,
  key,
  LABS,
  LARK,
  ORGANIZATION,
  poolPrincipal,
  SHOP,
  VENDOR,
  WITH_CONDITION,
} from "./servers/google-cloud/index.js";
import { GoogleCloudRun, type GoogleRead } from "./support/google-cloud.js";

const STREAMS = [
  "resources",
  "service-accounts",
  "policies",
  "custom-roles",
  "service-account-policies",
  "service-account-keys",
  "workload-pools",
];
const NUMBER = ORGANIZATION.slice("organizations/".length);
const BO = `ref/google-member/user:bo@${LARK}`;

let google: GoogleCloudServer;
let run: GoogleCloudRun;
beforeEach(async () => {
  google = await GoogleCloudServer.start();
  run = await GoogleCloudRun.create(google);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await run.remove();
  await google.stop();
});

const partitionsOf = (read: GoogleRead) =>
  [...new Set(read.manifest.partitions.map(({ partition }) => partition))].sort();
const incomplete = (read: GoogleRead) =>
  read.manifest.partitions.flatMap(({ partition, stream, verdict }) =>
    verdict === "complete" ? [] : [`${partition} ${stream} ${verdict}`],
  );
const project = (name: string) => {
  const found = google.estate.projects.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const account = (name: string, projectId: string) => {
  const found = google.estate.accounts.find(({ email }) => email === accountOf(name, projectId));
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const bind = (
  resource: string,
  role: string,
  members: string[],
  condition?: { expression: string; title: string },
) => {
  const policy = google.estate.policies.get(resource) ?? { bindings: [] };
  google.estate.policies.set(resource, policy);
  policy.bindings.push({ role, members, ...(condition === undefined ? {} : { condition }) });
};
/** How many records of a partition the graph holds. */
const held = async (partition: string) => {
  const store = await run.store();
  const rows = await store.rows(
    "MATCH (n:Entity) WHERE any(x IN n.assertions WHERE x CONTAINS $mark) RETURN n.key AS key",
    {
      mark: `|${partition}|`,
    },
  );
  return rows.length;
};

/** A proxy that tunnels (CONNECT), named in the environment; some hosts it takes for others. */
class Tunnels {
  readonly asked = new Set<string>();
  readonly #open = new Set<Socket>();
  readonly #server: Server;

  private constructor(hosts: Readonly<Record<string, string>>) {
    this.#server = createServer((client) => {
      client.once("data", (head) => {
        const target = /^CONNECT (\S+) /.exec(head.toString())?.[1] ?? "";
        this.asked.add(target);
        const [host = "", port] = (hosts[target] ?? target).split(":");
        const upstream = connect(Number(port), host, () => {
          client.write("HTTP/1.1 200 OK\r\n\r\n");
          client.pipe(upstream).pipe(client);
        });
        for (const socket of [client, upstream]) {
          this.#open.add(socket);
          socket.on("error", () => socket.destroy());
        }
      });
    });
  }

  static async start(hosts: Readonly<Record<string, string>> = {}): Promise<Tunnels> {
    const proxy = new Tunnels(hosts);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    for (const name of ["no_proxy", "NO_PROXY", "https_proxy", "grpc_proxy"]) vi.stubEnv(name, "");
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${port}`);
    return proxy;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("google-cloud", () => {
  it("reads an organisation: hierarchy, roles, accounts, keys, pools", async () => {
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(partitionsOf(read)).toEqual([ORGANIZATION, SHOP, DATA, LABS].sort());
    expect(read.edges("CONTAINS")).toContain(`google-organization/${NUMBER} -> google-folder/700000000001`);
    expect(read.edges("CONTAINS")).toContain(`google-organization/${NUMBER} -> google-project/500000000001`);
    const build = account("build", "lark-shop");
    expect(read.node(`google-service-account/${build.uniqueId}`)?.props).toMatchObject({
      status: "enabled",
      nhiType: "serviceAccount",
    });
    expect(read.edges("HAS_ENTITLEMENT")).toEqual(
      expect.arrayContaining([
        `${BO} -> google-role/project/500000000001/roles/owner`,
        `google-service-account/${build.uniqueId} -> google-role/project/500000000001/roles/editor`,
        `ref/google-member/user:ann.lee@${LARK} -> google-role/organization/${NUMBER}/roles/resourcemanager.organizationAdmin`,
      ]),
    );
    // The same role with and without a condition.
    const user = `ref/google-member/user:dee@${LARK} -> google-role/project/500000000001/roles/iam.serviceAccountUser`;
    expect(read.edges("HAS_ENTITLEMENT").filter((edge) => edge === user)).toHaveLength(2);
    const conditions = read.lines.flatMap(({ record }) =>
      record.kind === "edge" && record.props.condition === WITH_CONDITION.expression
        ? [record.props.conditionTitle]
        : [],
    );
    expect(new Set(conditions)).toEqual(new Set([WITH_CONDITION.title]));
    expect(
      read
        .edges("HAS_CREDENTIAL")
        .filter((edge) => edge.startsWith(`google-service-account/${build.uniqueId} `)),
    ).toHaveLength(2);
    expect(read.node(`google-role/project/500000000001/${ORGANIZATION}/roles/reader2`)?.props).toMatchObject({
      privilege: "read",
    });
    expect(
      read.node("google-role/project/500000000001/projects/lark-shop/roles/runner1")?.props,
    ).toMatchObject({
      privilege: "privileged",
      confers: "impersonate",
    });
    const deploy = account("deploy", "lark-shop");
    expect(read.edges("CAN_ASSUME")).toContain(
      `ref/google-member/group:sre@${LARK} -> google-service-account/${deploy.uniqueId}`,
    );
  });

  it("asks with tokens of the least scopes, and names the project that pays", async () => {
    const scopes: string[] = [];
    const exchange = google.tokens.exchange.bind(google.tokens);
    google.tokens.exchange = (form) => {
      scopes.push(form.get("scope") ?? "");
      return exchange(form);
    };
    await run.read();
    expect(scopes.sort()).toEqual([
      "https://www.googleapis.com/auth/cloud-platform.read-only",
      "https://www.googleapis.com/auth/iam",
    ]);
    expect(google.quotaProject).toBe("lark-quota");
  });

  it("says that credentials were not accepted, and nothing of what they are", async () => {
    google.tokens.failing = {
      status: 400,
      body: { error: "invalid_grant", error_description: "The token ey.SECRET.x has expired" },
    };
    const read = await run.read();
    expect(read.manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(read.manifest.partitions[0]?.reason).toContain("the credentials were not accepted");
    expect(JSON.stringify(read.manifest)).not.toContain("SECRET");
    google.tokens.failing = undefined;
    const works = await run.read();
    expect(incomplete(works)).toEqual([]);
  });

  it("says so where there are no credentials", async () => {
    const alone = await GoogleCloudRun.create();
    try {
      vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", join(alone.dir, "nowhere.json"));
      const read = await alone.read({ settings: { organization: NUMBER, ...google.settings } });
      expect(read.manifest.partitions[0]?.reason).toMatch(
        /credentials were not accepted.*GOOGLE_APPLICATION_CREDENTIALS/,
      );
    } finally {
      await alone.remove();
    }
  });

  it("waits while the token endpoint is out of order, and goes on", async () => {
    google.tokens.failing = { status: 503, body: {} };
    const before = google.tokens.exchange.bind(google.tokens);
    let times = 0;
    google.tokens.exchange = (form) => {
      times += 1;
      if (times > 6) google.tokens.failing = undefined;
      return before(form);
    };
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
  });

  it("says which API is switched off", async () => {
    const body = {
      ...ERRORS.denied("iam.roles.list", "x"),
      reason: "SERVICE_DISABLED",
      metadata: { service: "iam.googleapis.com" },
    };
    google.plan.plan({ kind: "answer", status: 403, body }, ({ list }) => list === "custom roles");
    const read = await run.read();
    expect(read.reason("custom-roles", SHOP)).toContain("gcloud services enable iam.googleapis.com");
  });

  it("does not retry by itself: each refusal is one call", async () => {
    const unavailable = { http: 503, code: 14, status: "UNAVAILABLE", message: "x" };
    google.plan.plan(
      { kind: "answer", status: 503, body: unavailable },
      ({ list }) => list === "project policy",
    );
    const read = await run.read({ limits: { attempts: 3 } });
    expect(read.reason("policies", SHOP)).toContain("3 times");
    expect(
      google.plan.served.filter(({ list, partition }) => list === "project policy" && partition === SHOP),
    ).toHaveLength(3);
  });

  it("goes through the proxy that the environment names, gRPC too", async () => {
    const proxy = await Tunnels.start();
    try {
      const read = await run.read();
      expect(incomplete(read)).toEqual([]);
    } finally {
      await proxy.stop();
    }
    expect(proxy.asked).toContain(google.settings.resourceManagerEndpoint);
    expect(proxy.asked).toContain(new URL(google.settings.iamEndpoint).host);
  });

  it("signs in with a service account's key, and counts calls for the project that the environment names", async () => {
    const proxy = await Tunnels.start({ "oauth2.googleapis.com:443": new URL(google.url).host });
    vi.stubEnv("GOOGLE_CLOUD_QUOTA_PROJECT", "lark-billing");
    try {
      const read = await run.read({ environment: google.tokens.keyEnvironment() });
      expect(incomplete(read)).toEqual([]);
    } finally {
      await proxy.stop();
    }
    expect(google.tokens.exchanges).toBe(2);
    expect(google.quotaProject).toBe("lark-billing");
  });

  it("reads members of every form", async () => {
    bind(SHOP, "roles/viewer", [
      "allUsers",
      "allAuthenticatedUsers",
      `domain:${LARK.toUpperCase()}`,
      `USER@${LARK}`,
      `group:Audit@${LARK}`,
      `deleted:user:Old@${LARK}?uid=42`,
      "deleted:serviceAccount:x@lark-shop.iam.gserviceaccount.com?uid=1",
      "projectEditor:lark-shop",
      `principalSet://${poolPrincipal(SHOP, "ci", "attribute.repository/lark/app")}`,
      "principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/Ann",
      "serviceAccount:service-500000000001@gcp-sa-pubsub.iam.gserviceaccount.com",
    ]);
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    const viewer = " -> google-role/project/500000000001/roles/viewer";
    const holders = read
      .edges("HAS_ENTITLEMENT")
      .filter((edge) => edge.endsWith(viewer))
      .map((edge) => edge.slice(0, -viewer.length));
    expect(holders).toEqual(
      [
        "google-basic-role/500000000001/roles/editor",
        "google-public/allAuthenticatedUsers",
        "google-public/allUsers",
        `ref/google-member/USER@${LARK}`,
        "ref/google-member/deleted:serviceAccount:x@lark-shop.iam.gserviceaccount.com?uid=1",
        `ref/google-member/deleted:user:old@${LARK}?uid=42`,
        `ref/google-member/domain:${LARK}`,
        `ref/google-member/group:audit@${LARK}`,
        "ref/google-member/principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/Ann",
        `ref/google-member/principalSet://${poolPrincipal(SHOP, "ci", "attribute.repository/lark/app")}`,
        "ref/google-member/serviceAccount:service-500000000001@gcp-sa-pubsub.iam.gserviceaccount.com",
      ].sort(),
    );
    const build = account("build", "lark-shop");
    expect(read.edges("MEMBER_OF")).toContain(
      `google-service-account/${build.uniqueId} -> google-basic-role/500000000001/roles/editor`,
    );
    await run.apply(read);
    const store = await run.store();
    const unresolved = await store.rows(
      "MATCH (n:Unresolved) WHERE n.key CONTAINS 'gcp-sa' RETURN n.key AS key",
    );
    expect(unresolved).toEqual([]);
  });

  it("shows who acts as an account by a role above it, and through a pool of another project", async () => {
    bind(ORGANIZATION, "roles/iam.serviceAccountTokenCreator", [`user:eve@${LARK}`]);
    const read = await run.read();
    await run.apply(read);
    const store = await run.store();
    const reached = await walkFew(store, [`ref/google-member/user:eve@${LARK}`], {
      now: Date.now(),
      targets: "all",
    });
    const targets = reached.map(({ target }) => target);
    for (const { uniqueId, project: of } of google.estate.accounts)
      expect(targets.includes(`gcp/google-service-account/${uniqueId}`), of).toBe(`projects/${of}` !== ALONE);
    // A workload that deploys from the shop's pool acts in the data project.
    const report = account("report", "lark-data");
    const workload = "ref/oidc/token.actions.githubusercontent.com#repo:lark/report";
    const acting = await walkFew(store, [workload], { now: Date.now(), targets: "all" });
    expect(acting.map(({ target }) => target)).toContain(`gcp/google-service-account/${report.uniqueId}`);
  });

  it("shows what is given to all service accounts of a project, a folder and the organisation", async () => {
    const all = (resource: string) =>
      `principalSet://cloudresourcemanager.googleapis.com/${resource}/type/ServiceAccount`;
    project(LABS).parent = "folders/700000000001";
    bind(SHOP, "roles/storage.admin", [all(DATA)]);
    bind(SHOP, "roles/pubsub.admin", [all("folders/700000000001")]);
    bind(SHOP, "roles/compute.admin", [all(ORGANIZATION)]);
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    await run.apply(read);
    const store = await run.store();
    const given = async (projectId: string) => {
      const { uniqueId } = account("report", projectId);
      const reached = await walkFew(store, [`gcp/google-service-account/${uniqueId}`], {
        now: Date.now(),
        targets: "all",
      });
      return reached.flatMap(({ target }) => /roles\/(\w+)\.admin$/.exec(target)?.[1] ?? []).sort();
    };
    expect(await given("lark-shop")).toEqual(["compute"]);
    expect(await given("lark-data")).toEqual(["compute", "storage"]);
    expect(await given("lark-labs")).toEqual(["compute", "pubsub"]);
  });

  it("sees accounts and keys turned off, and is told of no key that Google keeps", async () => {
    const build = account("build", "lark-shop");
    build.keys.push(key("system", { keyType: "SYSTEM_MANAGED" }));
    await run.apply(await run.read());
    build.disabled = true;
    const [first, second] = build.keys;
    if (first === undefined || second === undefined) throw new Error("no keys");
    first.disabled = true;
    build.keys = [first];
    const read = await run.read();
    expect(read.node(`google-service-account/${build.uniqueId}`)?.props.status).toBe("disabled");
    expect(read.node(`google-service-account-key/${build.uniqueId}/${first.id}`)?.props.status).toBe(
      "inactive",
    );
    const report = await run.apply(read);
    const removed = report.partitions.filter((part) => part.removed > 0);
    expect(removed.map(({ stream, partition }) => `${stream} ${partition}`)).toEqual([
      `service-account-keys ${SHOP}`,
    ]);
  });
});

describe("a list that holds something not understood", () => {
  it("takes nothing away that rests on it: keys of accounts, and who acts as them", async () => {
    await run.apply(await run.read());
    const before = await held(SHOP);
    google.onAnswer = (given) => {
      const accounts: readonly unknown[] =
        "accounts" in given && Array.isArray(given.accounts) ? given.accounts : [];
      for (const one of accounts)
        if (typeof one === "object" && one !== null) Reflect.deleteProperty(one, "uniqueId");
    };
    const read = await run.read();
    for (const stream of ["service-accounts", "service-account-policies", "service-account-keys", "policies"])
      expect(["partial", "failed"], stream).toContain(read.verdict(stream, SHOP));
    expect(read.reason("service-account-keys", SHOP)).toContain("service accounts were not all read");
    await run.apply(read);
    expect(await held(SHOP)).toBe(before);
  });

  it("goes unnamed: no text of Google's errors is said", async () => {
    google.errorNote = "CANARY-SECRET";
    const body = ERRORS.denied("resourcemanager.projects.getIamPolicy", SHOP);
    google.plan.plan({ kind: "answer", status: 403, body }, ({ list }) => list === "project policy");
    const read = await run.read();
    expect(read.reason("policies", SHOP)).toContain("Google answered PERMISSION_DENIED");
    expect(JSON.stringify(read.manifest)).not.toContain("CANARY");
  });
});

describe("a project that vanishes", () => {
  beforeEach(async () => {
    await run.apply(await run.read());
  });
  const states = async (read: GoogleRead) =>
    (await run.apply(read)).partitions
      .filter(({ partition }) => partition === DATA)
      .map(({ verdict, state }) => `${verdict} ${state}`);

  it("is gone where every list under every parent is complete, though it is answered 403", async () => {
    google.estate.projects = google.estate.projects.filter(({ name }) => name !== DATA);
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(read.lines.some(({ partition }) => partition === DATA)).toBe(false);
    expect(await states(read)).toEqual(STREAMS.map(() => "complete applied"));
    expect(await held(DATA)).toBe(0);
    expect(
      read.manifest.partitions.find(({ partition, stream }) => partition === DATA && stream === "resources")
        ?.notes?.[0],
    ).toContain("the project is gone");
    // And stays gone, read after read.
    expect(await states(await run.read())).toEqual(STREAMS.map(() => "complete applied"));
  });

  it("is gone with all in it where its deletion was requested, and keeps that status", async () => {
    project(DATA).state = "DELETE_REQUESTED";
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(read.node("google-project/500000000002")?.props.status).toBe("deleteRequested");
    await run.apply(read);
    expect(await held(DATA)).toBe(1);
    project(DATA).state = "ACTIVE";
    const restored = await run.read();
    await run.apply(restored);
    expect(await held(DATA)).toBeGreaterThan(10);
  });

  it("is not gone because it is hidden and a list could not be read", async () => {
    const before = await held(DATA);
    project(DATA).hidden = true;
    google.estate.projects = google.estate.projects.map((one) =>
      one.name === DATA ? { ...one, parent: "folders/1" } : one,
    );
    const body = ERRORS.denied("resourcemanager.projects.list", "folders/700000000001");
    google.plan.plan(
      { kind: "answer", status: 403, body },
      ({ list, partition }) => list === "projects" && partition === "folders/700000000001",
    );
    const read = await run.read();
    expect(STREAMS.map((stream) => read.verdict(stream, DATA))).toEqual(STREAMS.map(() => "failed"));
    expect(read.reason("resources", DATA)).toMatch(
      /resourcemanager\.projects\.get.*whether it is gone is not proved: not every list/,
    );
    expect(read.verdict("resources", ORGANIZATION)).toBe("partial");
    expect(read.verdict("policies", SHOP)).toBe("complete");
    await run.apply(read);
    expect(await held(DATA)).toBe(before);
  });

  it("is gone where Google itself says so, whatever could not be read", async () => {
    project(DATA).state = "DELETE_REQUESTED";
    const body = ERRORS.denied("resourcemanager.projects.list", ORGANIZATION);
    google.plan.plan({ kind: "answer", status: 403, body }, ({ list }) => list === "projects");
    const read = await run.read();
    expect(read.verdict("service-accounts", DATA)).toBe("complete");
    expect(read.verdict("service-accounts", SHOP)).toBe("complete");
    await run.apply(read);
    expect(await held(DATA)).toBe(1);
  });

  it("is out of scope, and not gone, where it was moved out of the organisation", async () => {
    const before = await held(DATA);
    project(DATA).parent = "folders/1";
    const read = await run.read();
    expect(partitionsOf(read)).not.toContain(DATA);
    expect(new Set(await states(read))).toEqual(new Set(["complete outOfScope"]));
    expect(await held(DATA)).toBe(before);
  });

  it("is out of scope where the configuration was narrowed, though it is hidden now", async () => {
    const before = await held(DATA);
    project(DATA).hidden = true;
    const read = await run.read({ settings: { folders: ["700000000003"] } });
    expect(partitionsOf(read)).toEqual(["folders/700000000003"]);
    await run.apply(read);
    expect(await held(DATA)).toBe(before);
  });
});

describe("a folder that moves while it is read", () => {
  const NESTED = "folders/700000000004";
  const ABOVE = "folders/700000000001";
  const zed = `ref/google-member/user:zed@${LARK} -> google-role/folder/700000000004/roles/viewer`;
  const folder = (name: string) => {
    const found = google.estate.folders.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  /** Changes the estate each time before the folders of one parent are listed; no call is refused. */
  const whenListed = (parent: string, change: () => void) => {
    google.plan.plan({ kind: "silent" }, ({ list, partition }) => {
      if (list === "folders" && partition === parent) change();
      return false;
    });
  };
  const removals = async (read: GoogleRead) =>
    (await run.apply(read)).partitions.flatMap(({ partition, stream, removed }) =>
      removed === 0 ? [] : [`${partition} ${stream} ${removed}`],
    );

  beforeEach(async () => {
    google.estate.folders.push({ name: NESTED, parent: ABOVE, displayName: "Nested", state: "ACTIVE" });
    bind(NESTED, "roles/viewer", [`user:zed@${LARK}`]);
    const read = await run.read();
    expect(read.edges("HAS_ENTITLEMENT")).toContain(zed);
    await run.apply(read);
  });

  it("is not gone where its new parent was listed already: nothing is removed, and its policy is read", async () => {
    // Its old parent is listed after the organisation.
    whenListed(ABOVE, () => {
      folder(NESTED).parent = ORGANIZATION;
    });
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(read.edges("CONTAINS")).toContain(`google-organization/${NUMBER} -> google-folder/700000000004`);
    expect(read.edges("HAS_ENTITLEMENT")).toContain(zed);
    // What it was under before is what the read disproves, with the group of its accounts, and nothing else.
    expect(await removals(read)).toEqual([`${ORGANIZATION} resources 2`]);
  });

  it("is looked up where it moved again, and read with the projects below it", async () => {
    project(LABS).parent = NESTED;
    // To and fro, so that each walk finds it in neither of its two places.
    whenListed(ORGANIZATION, () => {
      folder(NESTED).parent = ABOVE;
    });
    whenListed(ABOVE, () => {
      folder(NESTED).parent = ORGANIZATION;
    });
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(read.edges("HAS_ENTITLEMENT")).toContain(zed);
    expect(partitionsOf(read)).toContain(LABS);
    // The folder's old place and the project's.
    expect((await removals(read)).sort()).toEqual([`${ORGANIZATION} resources 2`, `${LABS} resources 2`]);
  });

  it("is gone where Google shows it nowhere and two complete walks lack it", async () => {
    google.estate.folders = google.estate.folders.filter(({ name }) => name !== NESTED);
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect((await removals(read)).map((text) => text.replace(/ \d+$/, ""))).toEqual([
      `${ORGANIZATION} resources`,
      `${ORGANIZATION} policies`,
    ]);
  });

  it("is gone from here where it moved out of the organisation", async () => {
    folder(NESTED).parent = "organizations/100200300499";
    const read = await run.read();
    expect(incomplete(read)).toEqual([]);
    expect(read.node("google-folder/700000000004")).toBeUndefined();
    expect(await removals(read)).not.toEqual([]);
  });

  it.each([
    ["the second walk", "folders"],
    ["the look at it", "folder"],
  ])("is not gone where %s fails", async (_, denied) => {
    google.estate.folders = google.estate.folders.filter(({ name }) => name !== NESTED);
    const body = ERRORS.invalid("a malformed request");
    let walks = 0;
    google.plan.plan({ kind: "answer", status: 400, body }, ({ list, partition, next }) => {
      if (list === "folders" && partition === ORGANIZATION && !next) walks += 1;
      return list === denied && (denied === "folder" || walks > 1);
    });
    const read = await run.read();
    expect(read.verdict("resources", ORGANIZATION)).toBe("partial");
    expect(read.verdict("policies", ORGANIZATION)).toBe("partial");
    expect(await removals(read)).toEqual([]);
  });
});

describe("other places to start from", () => {
  it("reads configured folders and projects, and nothing else", async () => {
    const read = await run.read({ settings: { folders: [VENDOR.slice(8)], projects: [ALONE.slice(9)] } });
    expect(incomplete(read)).toEqual([]);
    expect(partitionsOf(read)).toEqual([VENDOR, ALONE].sort());
    expect(read.edges("CONTAINS")).toContain(
      "google-organization/100200300499 -> google-folder/800000000001",
    );
  });

  it("reads a folder below the configured organisation once", async () => {
    const read = await run.read({ settings: { organization: NUMBER, folders: ["700000000001"] } });
    expect(partitionsOf(read)).toEqual([ORGANIZATION, SHOP, DATA, LABS].sort());
  });

  it("searches where nothing is configured, and then proves no project gone", async () => {
    const said: string[] = [];
    const log = { debug() {}, info() {}, warn: (text: string) => said.push(text), progress() {} };
    const first = await run.read({ settings: {}, log });
    expect(partitionsOf(first)).toEqual([SHOP, DATA, ALONE, LABS].sort());
    expect(incomplete(first)).toEqual([]);
    expect(said.join("\n")).toContain("proves no project gone");
    await run.apply(first);
    const before = await held(LABS);
    google.estate.projects = google.estate.projects.filter(({ name }) => name !== LABS);
    const read = await run.read({ settings: {} });
    expect(read.verdict("policies", LABS)).toBe("failed");
    expect(read.reason("resources", LABS)).toContain("searchProjects shows only what one may see");
    await run.apply(read);
    expect(await held(LABS)).toBe(before);
    expect(read.verdict("policies", SHOP)).toBe("complete");
  });
});

describe("an export of Cloud Asset Inventory", () => {
  const AT = Date.UTC(2026, 10, 20, 4);
  const write = (text: string): string => {
    const dir = join(run.dir, `assets-${Math.abs(text.length)}`);
    mkdirSync(dir, { recursive: true });
    const file = join(dir, "cloud-assets.ndjson");
    writeFileSync(file, text);
    utimesSync(file, AT / 1000, AT / 1000);
    return dir;
  };
  const settings = { organization: NUMBER };
  /** Records of the whole estate, one line each; what one partition says twice counts once. */
  const linesOf = (read: GoogleRead) =>
    [...new Set(read.lines.map(({ partition, record }) => recordLine(partition, record)))].sort();

  it("gives the same records as the API", async () => {
    bind(SHOP, "roles/viewer", ["allUsers", `deleted:user:old@${LARK}?uid=42`, "projectOwner:lark-shop"]);
    account("build", "lark-shop").disabled = true;
    project(LABS).state = "DELETE_REQUESTED";
    project(SHOP).labels = { owner: "ann-lee", secret: "nobody's business" };
    const owned = { ...settings, ownerLabels: ["owner"] };
    const live = await run.read({ settings: owned });
    const recorded = await run.read({ settings: owned, recording: write(assetExport(google.estate)) });
    expect(incomplete(live)).toEqual([]);
    expect(incomplete(recorded)).toEqual([]);
    expect(linesOf(recorded)).toEqual(linesOf(live));
    expect(partitionsOf(recorded)).toEqual(partitionsOf(live));
    expect(recorded.manifest.partitions.every(({ dataTime }) => dataTime === AT)).toBe(true);
  });

  it("replaces a read of the API in the graph without a change", async () => {
    const text = assetExport(google.estate);
    const recorded = await run.read({ settings, recording: write(text) });
    await run.apply(recorded);
    const report = await run.apply(await run.read({ settings }));
    for (const { added, changed, removed } of report.partitions)
      expect([added, changed, removed]).toEqual([0, 0, 0]);
  });

  it("is complete only in what it was asked for", async () => {
    const resources = await run.read({
      settings,
      recording: write(assetExport(google.estate, { contents: ["resource"] })),
    });
    expect(resources.verdict("service-accounts", SHOP)).toBe("complete");
    expect(resources.verdict("policies", SHOP)).toBe("partial");
    expect(resources.verdict("service-account-policies", SHOP)).toBe("partial");
    expect(resources.reason("policies", SHOP)).toContain("content type iam-policy");

    // Types were chosen, whether or not there are others among them that nobody here reads.
    for (const onlyOurs of [true, false]) {
      const without = ["iam.googleapis.com/ServiceAccountKey", "iam.googleapis.com/WorkloadIdentityPool"];
      const chosen = await run.read({
        settings,
        recording: write(assetExport(google.estate, { onlyOurs, without })),
      });
      expect(chosen.verdict("service-account-keys", SHOP)).toBe("partial");
      expect(chosen.reason("service-account-keys", SHOP)).toContain("iam.googleapis.com/ServiceAccountKey");
      expect(chosen.reason("service-account-keys", SHOP)).toContain("wholeExport: true");
      expect(chosen.verdict("workload-pools", SHOP)).toBe("partial");
      expect(chosen.verdict("policies", SHOP)).toBe("complete");
    }

    // Only a person can say that what is not there is not there.
    google.estate.pools = [];
    for (const one of google.estate.accounts) one.keys = [];
    const recording = write(assetExport(google.estate));
    const silent = await run.read({ settings, recording });
    expect(silent.verdict("service-account-keys", SHOP)).toBe("partial");
    const whole = await run.read({ settings: { ...settings, wholeExport: true }, recording });
    expect(incomplete(whole)).toEqual([]);
    // And of a content that is missing altogether nobody can.
    const half = write(assetExport(google.estate, { contents: ["resource"] }));
    const halved = await run.read({ settings: { ...settings, wholeExport: true }, recording: half });
    expect(halved.verdict("service-account-policies", SHOP)).toBe("partial");
    expect(halved.verdict("custom-roles", SHOP)).toBe("partial");
  });

  it.each([
    ["service accounts", ["iam.googleapis.com/ServiceAccount"], "service-account-policies", SHOP],
    ["folders", ["cloudresourcemanager.googleapis.com/Folder"], "policies", ORGANIZATION],
  ])("takes nothing away where it lacks the policies of %s", async (_, types, stream, partition) => {
    await run.apply(await run.read());
    const edges = async () => {
      const store = await run.store();
      return (await store.rows("MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id")).length;
    };
    const before = await edges();
    const text = assetExport(google.estate)
      .split("\n")
      .filter((line) => !(line.includes('"iam_policy"') && types.some((type) => line.includes(`"${type}"`))))
      .join("\n");
    const file = join(write(text), "cloud-assets.ndjson");
    utimesSync(file, Date.UTC(2026, 10, 22) / 1000, Date.UTC(2026, 10, 22) / 1000);
    const read = await run.read({ settings, recording: join(file, "..") });
    expect(read.verdict(stream, partition)).toBe("partial");
    expect(read.reason(stream, partition)).toContain(`no IAM policy of a ${types.join()}`);
    expect(read.verdict("workload-pools", partition)).toBe("partial");
    await run.apply(read);
    expect(await edges()).toBe(before);
  });

  it("lacks folders, roles and projects aloud", async () => {
    google.estate.projects = google.estate.projects.map((one) =>
      one.name === DATA ? { ...one, parent: "folders/700000000002" } : one,
    );
    const text = assetExport(google.estate, {
      without: ["cloudresourcemanager.googleapis.com/Folder", "iam.googleapis.com/Role"],
    });
    const read = await run.read({ settings, recording: write(text) });
    expect(read.reason("resources", ORGANIZATION)).toContain("lacks");
    expect(read.reason("custom-roles", SHOP)).toContain("custom roles that policies name");

    await run.apply(await run.read());
    const before = await held(DATA);
    const without = text
      .split("\n")
      .filter((line) => !line.includes("lark-data") && !line.includes(DATA))
      .join("\n");
    const later = join(write(without), "cloud-assets.ndjson");
    utimesSync(later, Date.UTC(2026, 10, 22) / 1000, Date.UTC(2026, 10, 22) / 1000);
    const lacking = await run.read({ settings, recording: join(later, "..") });
    expect(lacking.verdict("resources", DATA)).toBe("failed");
    await run.apply(lacking);
    expect(await held(DATA)).toBe(before);
  });

  it("may be in camel case, as gcloud asset list prints it", async () => {
    const text = assetExport(google.estate)
      .replaceAll('"asset_type"', '"assetType"')
      .replaceAll('"iam_policy"', '"iamPolicy"')
      .replaceAll('"update_time"', '"updateTime"');
    const live = await run.read({ settings });
    expect(linesOf(await run.read({ settings, recording: write(text) }))).toEqual(linesOf(live));
  });

  it("is refused where a line is something else", async () => {
    const read = await run.read({ settings, recording: write(`${assetExport(google.estate)}{"hello":1}\n`) });
    expect(read.manifest.partitions.every(({ verdict }) => verdict === "failed")).toBe(true);
    expect(read.manifest.partitions[0]?.reason).toContain("is no asset");
  });
});

describe("a recording", () => {
  it("holds nothing that people wrote for themselves", async () => {
    for (const one of google.estate.accounts) one.description = "SECRET note";
    project(SHOP).labels = { cost: "SECRET label" };
    const record = join(run.dir, "kept");
    await run.read({ record });
    for (const stream of STREAMS)
      expect(readFileSync(join(record, `${stream}.ndjson`), "utf8")).not.toContain("SECRET");
  });
});
