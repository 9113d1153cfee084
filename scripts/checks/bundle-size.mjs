// The browser bundle (WebAssembly and all JavaScript), as brotli sends it, against its budget.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const BUDGET_KB = 300;
const site = process.argv[2];

let files;
try {
  files = readdirSync(site).filter((name) => /\.(wasm|js)$/.test(name));
} catch (error) {
  console.error(`✗ can't read the browser bundle in ${site}: ${error.message}\n  Run: make build`);
  process.exit(1);
}
if (!files.some((name) => name.endsWith(".wasm")) || !files.some((name) => name.endsWith(".js"))) {
  console.error(`✗ ${site} has no WebAssembly or no JavaScript\n  Run: make build`);
  process.exit(1);
}

let total = 0;
for (const name of files) {
  const kb = statSync(join(site, `${name}.br`)).size / 1000;
  total += kb;
  console.log(`  ${name}: ${(statSync(join(site, name)).size / 1000).toFixed(1)} kB, ${kb.toFixed(1)} kB brotli`);
}
const figure = `browser bundle: ${total.toFixed(1)} kB brotli; the budget is ${BUDGET_KB} kB`;
if (total <= BUDGET_KB) {
  console.log(`✓ ${figure}`);
} else {
  console.error(`✗ ${figure} (docs/benchmarks.md says what made it small)`);
  process.exit(1);
}
