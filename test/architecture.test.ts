import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../src/model/index.js";
import { orderOf, type Rules, violations } from "./architecture.js";

const root = packageRoot();
const read = (path: string) => readFileSync(join(root, path), "utf8");

function rulesOfProject(): Rules {
  const manifest: unknown = JSON.parse(read("package.json"));
  const dependencies =
    typeof manifest === "object" && manifest !== null && "dependencies" in manifest
      ? Object.keys(manifest.dependencies ?? {})
      : [];
  return { order: orderOf(read("docs/architecture.md")), dependencies: new Set(dependencies) };
}

describe("the folders of the project", () => {
  const rules = rulesOfProject();

  it("have an order, from the vocabulary to the command line", () => {
    expect(rules.order[0]).toBe("model");
    expect(rules.order.at(-1)).toBe("cli");
    expect(rules.order.length).toBeGreaterThan(10);
  });

  it("import one way only", () => {
    const files = ["src", "collectors"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
        .map((path) => ({ path, text: read(path) })),
    );
    expect(files.length).toBeGreaterThan(10);
    expect(violations(files, rules)).toEqual([]);
  });
});

describe("the check itself", () => {
  const rules: Rules = {
    order: ["model", "graph", "collect", "cli"],
    dependencies: new Set(["zod", "@aws/x"]),
  };
  const check = (path: string, text: string) => violations([{ path, text }], rules);

  it.each([
    ["src/graph/a.ts", `import { k } from "../model/index.js"; import { b } from "./b.js";`],
    ["src/graph/deep/a.ts", `import { k } from "../../model/index.js"; export * from "../b.js";`],
    ["src/graph/a.ts", `import fs from "node:fs"; import { z } from "zod"; import "@aws/x/deep.js";`],
    ["src/graph/a.test.ts", `import { it } from "vitest"; import { s } from "../../test/servers/index.js";`],
    ["src/graph/a.test.ts", `import { k } from "../model/keys.js";`],
    ["src/cli/a.ts", `import { collectors } from "../../collectors/index.js";`],
    ["collectors/index.ts", `import { collector } from "./aws-iam/collector.js";`],
    ["collectors/aws-iam/a.ts", `import { a } from "../../src/model/index.js"; import "./convert.js";`],
    ["collectors/aws-iam/a.test.ts", `import { g } from "../../src/graph/index.js";`],
    ["src/model/a.ts", `// import "../cli/index.js"\nconst text = 'import "../cli/index.js"';`],
  ])("allows what stands in %s: %s", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it.each([
    ["src/model/a.ts", "../graph/index.js", `"graph" does not stand above "model"`],
    ["src/model/a.test.ts", "../graph/store.js", `"graph" does not stand above "model"`],
    ["src/graph/a.ts", "../model/keys.js", "entered through its index.ts"],
    ["src/graph/a.ts", "../../collectors/index.js", "only src/cli knows the collectors"],
    ["src/cli/a.ts", "../../collectors/aws-iam/convert.js", "through collectors/index.ts"],
    ["src/graph/a.ts", "../../test/servers/index.js", "nothing that stands beside them"],
    ["src/graph/a.ts", "vitest", `"vitest" is not among the dependencies`],
    ["src/graph/a.ts", "@aws/y/deep.js", `"@aws/y" is not among the dependencies`],
    ["collectors/aws-iam/a.ts", "../../src/graph/index.js", "only src/model and src/collect"],
    ["collectors/aws-iam/a.test.ts", "../../src/cli/index.js", "only src/model and src/collect"],
    ["collectors/aws-iam/a.ts", "../hr-csv/convert.js", "its own folder only"],
    ["collectors/index.ts", "./aws-iam/convert.js", "each collector.ts"],
  ])("in %s refuses %s", (path, specifier, rule) => {
    for (const statement of [
      `import { x } from "${specifier}";`,
      `import type { X } from "${specifier}";`,
      `export * from "${specifier}";`,
      `const x = await import("${specifier}");`,
      `type X = import("${specifier}").X;`,
    ]) {
      const found = check(path, statement);
      expect(found, statement).toHaveLength(1);
      expect(found[0]).toContain(path);
      expect(found[0]).toContain(`"${specifier}"`);
      expect(found[0]).toContain(rule);
    }
  });

  it("refuses a folder that the table does not name", () => {
    expect(check("src/new/a.ts", "")).toEqual([
      `src/new/a.ts: the folder "new" is not in the table of docs/architecture.md`,
    ]);
  });
});
