import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What was compiled before, by its source: starting many children would otherwise mostly be compiling. */
const CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "exitgraph-child");

/** A relative import of `x.js` from TypeScript means `x.ts`. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith(".") && specifier.endsWith(".js") && context.parentURL?.endsWith(".ts")) {
    const url = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
    if (existsSync(fileURLToPath(url))) return { url: url.href, format: "module", shortCircuit: true };
  }
  return await next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return await next(url, context);
  const file = fileURLToPath(url);
  const text = await readFile(file, "utf8");
  // The path is part of it, because the source map names it.
  const cached = join(CACHE, `${createHash("sha256").update(`${file}\n${text}`).digest("hex")}.js`);
  const source = await readFile(cached, "utf8").catch(() => compile(file, text, cached));
  return { format: "module", source, shortCircuit: true };
}

async function compile(file, text, cached) {
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  await mkdir(CACHE, { recursive: true });
  // Another child may be reading it: it is there whole, or not at all.
  const half = `${cached}.${process.pid}`;
  await writeFile(half, outputText);
  await rename(half, cached);
  return outputText;
}
