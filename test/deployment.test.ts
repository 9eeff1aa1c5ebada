import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { packageRoot } from "../src/model/index.js";

const root = packageRoot();
const read = (path: string) => readFileSync(join(root, path), "utf8");

const volume = z.union([
  z.string(),
  z.object({ source: z.string(), target: z.string(), read_only: z.boolean().optional() }),
]);
const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.string().nullable()),
  ports: z.undefined().optional(),
  network_mode: z.undefined().optional(),
  privileged: z.undefined().optional(),
  volumes: z.array(volume),
  healthcheck: z.object({ test: z.array(z.string()).min(2), retries: z.number() }),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  init: z.boolean().optional(),
  command: z.array(z.string()).optional(),
});

describe("docker-compose.yml", () => {
  // Parsing alone proves that no service publishes a port, shares the host's network or is privileged.
  const compose = z
    .object({
      services: z.object({ neo4j: service, exitgraph: service }),
      volumes: z.record(z.string(), z.null()),
    })
    .parse(parse(read("docker-compose.yml")));
  const { neo4j, exitgraph } = compose.services;

  it("runs Neo4j 5.26 Community with a password that must be given, on a named volume", () => {
    expect(neo4j.image).toBe("neo4j:5.26-community");
    // `:?` makes compose refuse to start without it; there is no default to forget.
    expect(neo4j.environment.NEO4J_AUTH).toMatch(/^neo4j\/\$\{NEO4J_PASSWORD:\?[^}]+\}$/);
    // Any other NEO4J_ variable is a setting to that image, and it does not start with one it does not know.
    expect(neo4j.environment).not.toHaveProperty("NEO4J_PASSWORD");
    expect(neo4j.volumes).toEqual(["neo4j-data:/data"]);
    expect(Object.keys(compose.volumes).sort()).toEqual(["exitgraph-data", "neo4j-data"]);
  });

  it("starts Exitgraph when Neo4j is healthy, with its configuration read only", () => {
    expect(exitgraph.depends_on).toEqual({ neo4j: { condition: "service_healthy" } });
    expect(exitgraph.command).toEqual(["serve"]);
    expect(exitgraph.init).toBe(true);
    expect(exitgraph.volumes[0]).toBe("exitgraph-data:/data");
    for (const mounted of exitgraph.volumes.slice(1)) {
      if (typeof mounted === "string") expect(mounted).toMatch(/:ro$/);
      else expect(mounted.read_only).toBe(true);
    }
  });

  it("holds no secret", () => {
    for (const [name, value] of Object.entries(exitgraph.environment)) {
      if (/PASSWORD|SECRET|TOKEN|KEY/.test(name)) expect(value ?? "${").toContain("${");
    }
  });
});

describe("the Dockerfile", () => {
  const lines = read("Dockerfile").split("\n");
  const stages = lines.filter((line) => line.startsWith("FROM ")).map((line) => line.split(" ")[1]);
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  it("builds apart, on one Debian slim image", () => {
    expect(stages).toHaveLength(2);
    expect(new Set(stages).size).toBe(1);
    expect(stages[0]).toMatch(/^node:\d+-[a-z]+-slim$/);
  });

  it("ends with what runs only, as a user who is not root", () => {
    expect(final.join("\n")).toContain("npm ci --omit=dev");
    expect(final.filter((line) => line.startsWith("USER ")).at(-1)).toBe("USER exitgraph");
    expect(final).toContain('ENTRYPOINT ["exitgraph"]');
  });

  it("copies files that exist, and that .dockerignore lets through", () => {
    const admitted = read(".dockerignore").split("\n");
    expect(admitted).toContain("*");
    const copied = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from"))
      .flatMap((line) => line.split(" ").slice(1, -1))
      .map((path) => path.replace(/^\.\//, ""));
    expect(copied.length).toBeGreaterThan(8);
    for (const path of copied) {
      expect(existsSync(join(root, path)), path).toBe(true);
      expect(admitted, path).toContain(`!${path}`);
    }
  });

  it("takes along all that the package has", () => {
    const { files } = z.object({ files: z.array(z.string()) }).parse(JSON.parse(read("package.json")));
    const text = final.join("\n");
    for (const file of files) expect(text, file).toContain(file.split("/")[0]);
  });
});
