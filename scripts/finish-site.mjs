// Trunk's last step: makes the browser's WebAssembly small with Binaryen and its JavaScript with esbuild, and compresses what the
// server sends.
//
// Views whose types are erased carry pointers to `hydrate_async`, which only lazily loaded routes call, and to
// `hydrate_from_template`, which only Leptos's `template!` calls. There are none of those here, but no compiler can know that: the
// code would be shipped and never run. The bodies become `unreachable`, and what only they called goes with them. Should a
// page ever call one, it traps, and the browser tests of that page fail.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

import { shortenImports } from "./short-imports.mjs";

// By name: the bundle is compiled with functions that are alike kept apart (use_smallest_code in lib.sh), so that none of
// these is also another one that is called.
const NEVER_CALLED = /::hydrate_(async|from_template)/;
// What wasm-bindgen's output needs, by Binaryen's two names; all of it is in every browser since 2022. More than these, and
// Binaryen writes what browsers don't read yet.
const FEATURES = {
  "bulk-memory": "BulkMemory",
  "nontrapping-float-to-int": "NontrappingFPToInt",
  "sign-ext": "SignExt",
  "mutable-globals": "MutableGlobals",
  "reference-types": "ReferenceTypes",
  multivalue: "Multivalue",
};
// Brotli does better on functions that are called than on their copies.
const NO_INLINING = ["always-inline-max-function-size", "flexible-inline-max-function-size", "one-caller-inline-max-function-size"];

// What Trunk puts into the names of files: a number in hexadecimal digits, which leaves out leading zeros, so one name in sixteen has fewer.
const HASHED = /-[0-9a-f]{8,16}(_bg\.wasm|\.js)$/;

const { TRUNK_STAGING_DIR: staging, MATINEE_CACHE_DIR: cache } = process.env;
if (!staging || !cache) throw new Error("Trunk runs this, called by scripts/build.sh, which set TRUNK_STAGING_DIR and MATINEE_CACHE_DIR");

const { default: binaryen } = await import(pathToFileURL(join(cache, "npm/node_modules/binaryen/index.js")).href);
const built = readdirSync(staging).find((name) => name.endsWith("_bg.wasm"));
if (!built) throw new Error(`there is no WebAssembly in ${staging}`);

// Or names get lost when the module is written.
binaryen.setDebugInfo(true);
const module = binaryen.readBinary(readFileSync(join(staging, built)));
module.setFeatures(Object.values(FEATURES).reduce((all, name) => all | binaryen.Features[name], 0));
let cut = 0;
for (let index = 0; index < module.getNumFunctions(); index++) {
  const body = module.getFunctionByIndex(index);
  if (!NEVER_CALLED.test(binaryen.getFunctionInfo(body).name)) continue;
  binaryen.Function.setBody(body, module.unreachable());
  cut++;
}
if (cut === 0) throw new Error("no function is called hydrate_async: do names still reach this step?");

const work = mkdtempSync(join(tmpdir(), "matinee-wasm."));
try {
  writeFileSync(join(work, "in.wasm"), module.emitBinary());
  const features = Object.keys(FEATURES).map((name) => `--enable-${name}`);
  const wasmOpt = (...args) => execFileSync("wasm-opt", [...features, ...args], { cwd: work, stdio: "inherit" });
  // Functions with like names are alike: side by side they compress better.
  const inlining = NO_INLINING.flatMap((name) => [`--${name}`, "0"]);
  wasmOpt("-Oz", "-g", ...inlining, "--reorder-functions-by-name", "in.wasm", "-o", "named.wasm");
  wasmOpt("--strip-debug", "--strip-producers", "named.wasm", "-o", "out.wasm");
  const glue = built.replace(/_bg\.wasm$/, ".js");
  const { wasm, script, count } = shortenImports(readFileSync(join(work, "out.wasm")), readFileSync(join(staging, glue), "utf8"));
  replace(built, wasm);
  replace(glue, Buffer.from(script));
  console.log(`  ${cut} functions cut, ${count} imports named shortly, ${(wasm.length / 1000).toFixed(1)} kB of WebAssembly`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
const esbuild = join(cache, "npm/node_modules/.bin/esbuild");
for (const name of readdirSync(staging).filter((name) => name.endsWith(".js"))) {
  replace(name, execFileSync(esbuild, ["--minify", "--format=esm"], { input: readFileSync(join(staging, name)) }));
}
for (const name of readdirSync(staging, { recursive: true })) {
  if (/\.(js|css|wasm|svg|webmanifest|txt)$/.test(name)) writeFileSync(join(staging, `${name}.br`), brotli(readFileSync(join(staging, name))));
}

/** As small as brotli makes it: the server would have no time for that at its start. */
function brotli(bytes) {
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_LGWIN: window, BROTLI_PARAM_SIZE_HINT: size } = constants;
  return brotliCompressSync(bytes, { params: { [quality]: 11, [window]: 24, [size]: bytes.length } });
}

/** Puts the bytes in the place of a built file: where its name has a hash, under a name with their own; with their integrity in index.html. */
function replace(old, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const name = old.replace(HASHED, `-${hash}$1`);
  const page = join(staging, "index.html");
  const html = readFileSync(page, "utf8");
  const integrity = (data) => `sha384-${createHash("sha384").update(data).digest("base64")}`;
  const before = integrity(readFileSync(join(staging, old)));
  writeFileSync(page, html.replaceAll(old, name).replaceAll(before, integrity(bytes)));
  rmSync(join(staging, old));
  writeFileSync(join(staging, name), bytes);
}
