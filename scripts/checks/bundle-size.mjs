// The browser bundle (WebAssembly and JavaScript), compressed as the server sends it, must stay within its budget.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET_KB = 300;
const site = process.argv[2];

function brotliKb(bytes) {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
  return brotliCompressSync(bytes, options).length / 1000;
}

let files;
try {
  files = readdirSync(site, { recursive: true }).filter((name) => !name.startsWith(".") && /\.(wasm|js)$/.test(name));
} catch (error) {
  console.error(`✗ can't read the browser bundle in ${site}: ${error.message}\n  Run: make build`);
  process.exit(1);
}
if (!files.some((name) => name.endsWith(".wasm"))) {
  console.error(`✗ there is no WebAssembly in ${site}\n  Run: make build`);
  process.exit(1);
}

let total = 0;
for (const name of files) {
  const bytes = readFileSync(join(site, name));
  const kb = brotliKb(bytes);
  total += kb;
  console.log(`  ${name}: ${(bytes.length / 1000).toFixed(1)} kB, ${kb.toFixed(1)} kB brotli`);
}
const verdict = total <= BUDGET_KB ? "✓" : "✗";
console.log(`${verdict} browser bundle: ${total.toFixed(1)} kB brotli of ${BUDGET_KB}`);
process.exit(total <= BUDGET_KB ? 0 : 1);
