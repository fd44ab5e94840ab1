// Bundles the script and the styles, and writes them as C++ for the program to carry.
// Usage: node build.mjs FOLDER_WITH_NODE_MODULES OUTPUT.cpp
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [installed, output] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(installed, "package.json"))("esbuild");
const read = (name) => readFileSync(join(here, name), "utf8");
const tokens = JSON.parse(read("tokens.json"));

function declared(set) {
  return Object.entries(set).map(([name, value]) => `--${name}:${value}`).join(";");
}

// Some readers of SVG know no variables, so drawings by themselves get their colours written out.
function written_out(css, set) {
  return css.replace(/var\(--([a-z0-9-]+)\)/g, (_, name) => {
    if (!(name in set)) throw new Error(`drawing.css names --${name}, which tokens.json lacks`);
    return set[name];
  });
}

// The same rules in dark, only those that have a colour in them.
function only_colours(css) {
  return [...css.matchAll(/[^{}]+\{[^{}]*var\(--[^{}]*\}/g)].map((match) => match[0]).join("\n");
}

function minified(css) {
  return esbuild.transformSync(css, { loader: "css", minify: true, legalComments: "none" }).code.trim();
}

// The licence of every package that the bundle holds, each text once with its packages.
function licences(inputs) {
  const packages = new Set();
  for (const input of Object.keys(inputs)) {
    const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.add(found[1]);
  }
  const texts = new Map();
  for (const name of [...packages].sort()) {
    const folder = join(installed, "node_modules", name);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    if (!file) throw new Error(`${name} has no licence file`);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, file), "utf8").trim().replaceAll("*/", "* /");
    texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
  }
  return [...texts].map(([text, names]) => `/*! ${names.join(", ")}\n${text}\n*/\n`).join("");
}

const bundle = esbuild.buildSync({
  entryPoints: [join(here, "report.js")],
  absWorkingDir: installed,
  nodePaths: [join(installed, "node_modules")],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
});
const script = licences(bundle.metafile.inputs) + bundle.outputFiles[0].text.trim();
if (/<\/script|<!--/i.test(script)) throw new Error("the script would end its own element");

const drawing = read("drawing.css");
const dark = `:root:not([data-theme=light]){${declared(tokens.dark)}}`;
const style = minified(
  `:root{${declared(tokens.light)}}` +
  `@media screen and (prefers-color-scheme:dark){${dark}}` +
  `@media screen{:root[data-theme=dark]{color-scheme:dark;${declared(tokens.dark)}}}` +
  `:root[data-theme=light]{color-scheme:light}` +
  `@media print{:root{--bg:#fff;--ink:#000;--second:#444}}` + read("page.css") + drawing);
const svg_style = minified(
  written_out(drawing, tokens.light) +
  `@media (prefers-color-scheme:dark){${written_out(only_colours(drawing), tokens.dark)}}`);

// Compilers need not take literals of any length.
function literal(text) {
  const pieces = [];
  for (let at = 0; at < text.length; at += 8000) pieces.push(text.slice(at, at + 8000));
  return pieces.map((piece) => `    R"~web~(${piece})~web~",`).join("\n");
}

function accessor(name, text) {
  return `const std::string& ${name}() {
    static const std::string whole = [] {
        std::string text;
        for (const char* const piece : {
${literal(text)}
             }) {
            text += piece;
        }
        return text;
    }();
    return whole;
}
`;
}

const digest = createHash("sha256").update(script, "utf8").digest("base64");
writeFileSync(output, `// Made from reports/web by build.mjs; not to be edited.
#include "reports/web_assets.hpp"

#include <initializer_list>

namespace vacate {

${accessor("web_script", script)}
${accessor("web_script_digest", digest)}
${accessor("web_style", style)}
${accessor("web_svg_style", svg_style)}
}  // namespace vacate
`);
