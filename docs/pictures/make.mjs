// Draws docs/pictures/demo.svg from what the demo prints, colours and all: `npm run picture`.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const printed = execFileSync(process.execPath, ["dist/src/cli/main.js", "demo", "--quiet"], {
  cwd: root,
  env: { ...process.env, FORCE_COLOR: "1", COLUMNS: "150", NO_COLOR: undefined },
  encoding: "utf8",
});

const COLOURS = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea" };
const WIDTH = 8.1;
const HEIGHT = 18;

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** One terminal line as text spans: SGR codes become attributes. */
function spans(line) {
  let attributes = "";
  let out = "";
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    const codes = /^\u001b\[([0-9;]*)m$/.exec(part)?.[1]?.split(";");
    if (codes === undefined) {
      if (part !== "") out += `<tspan${attributes}>${escape(part)}</tspan>`;
      continue;
    }
    for (const code of codes) {
      if (code === "0" || code === "" || code === "39" || code === "22") attributes = "";
      else if (code === "1") attributes += ' font-weight="bold"';
      else if (code === "2") attributes += ' opacity="0.65"';
      else if (COLOURS[code] !== undefined) attributes += ` fill="${COLOURS[code]}"`;
    }
  }
  return out;
}

const lines = printed.trimEnd().split("\n");
const columns = Math.max(...lines.map((line) => line.replaceAll(/\u001b\[[0-9;]*m/g, "").length));
const [width, height] = [Math.ceil(columns * WIDTH) + 32, lines.length * HEIGHT + 32];
const body = lines
  .map((line, at) => `<text x="16" y="${28 + at * HEIGHT}" xml:space="preserve">${spans(line)}</text>`)
  .join("\n");
writeFileSync(
  fileURLToPath(new URL("demo.svg", import.meta.url)),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13" fill="#e6edf3"><rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${body}
</svg>
`,
);
