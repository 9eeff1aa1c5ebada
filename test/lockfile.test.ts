import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { packageRoot } from "../src/model/index.js";

const read = (path: string) => readFileSync(join(packageRoot(), path), "utf8");

describe("package-lock.json", () => {
  const entry = z.object({
    dependencies: z.record(z.string(), z.string()).default({}),
    optionalDependencies: z.record(z.string(), z.string()).default({}),
  });
  const { packages } = z
    .object({ packages: z.record(z.string(), entry) })
    .parse(JSON.parse(read("package-lock.json")));

  /** Where Node would find a package from another: its own folder, then those around it. */
  function found(from: string, name: string): boolean {
    if (`${from === "" ? "" : `${from}/`}node_modules/${name}` in packages) return true;
    if (from === "") return false;
    const outer = from.lastIndexOf("/node_modules/");
    return found(outer < 0 ? "" : from.slice(0, outer), name);
  }

  // npm writes a lock without the packages of other platforms when it cannot see them, and then refuses it in `npm ci`.
  it("names every package, also those of other platforms", () => {
    const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !found(path, name))
        .map((name) => `${path} -> ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("holds no address of a registry", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved"/);
  });
});
