// The browser bundle (WebAssembly and JavaScript), compressed as the server sends it, against its budget.
//
// The budget is not met yet, which every run says. Until it is, REACHED_KB keeps what was reached: the bundle may only
// shrink, and REACHED_KB goes down with it. Once it would be 300, delete it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const BUDGET_KB = 300;
const REACHED_KB = 630;
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
const figure = `browser bundle: ${total.toFixed(1)} kB brotli; the budget is ${BUDGET_KB} kB`;
if (total <= BUDGET_KB) {
  console.log(`✓ ${figure}`);
} else if (total <= REACHED_KB) {
  console.log(`! ${figure}: NOT MET by ${(total - BUDGET_KB).toFixed(1)} kB (docs/benchmarks.md says what would close it)`);
} else {
  console.error(`✗ ${figure}, and it was ${REACHED_KB} kB at most before: it may only shrink`);
  process.exit(1);
}
