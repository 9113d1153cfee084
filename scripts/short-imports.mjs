// Gives what a WebAssembly module imports short names. wasm-bindgen's are long and end in a hash, which no compression makes small, and
// stand in the module as well as in its JavaScript. Binaryen shortens names of Emscripten's imports alone.

/** The section of imports: <https://webassembly.github.io/spec/core/binary/modules.html#import-section>. */
const IMPORTS = 2;
const FUNCTION = 0;
const HEADER_BYTES = 8;

/**
 * The module with short names, and the JavaScript that provides them. Both say the same: every name has to stand once in the
 * JavaScript, where it is a key.
 */
export function shortenImports(wasm, script) {
  const pieces = [wasm.subarray(0, HEADER_BYTES)];
  const names = new Map();
  for (let at = HEADER_BYTES; at < wasm.length; ) {
    const [size, start] = number(wasm, at + 1);
    const end = start + size;
    pieces.push(wasm[at] === IMPORTS ? section(IMPORTS, renamed(wasm.subarray(start, end), names)) : wasm.subarray(at, end));
    at = end;
  }
  let shortened = script;
  for (const [name, short] of names) {
    const parts = shortened.split(new RegExp(`\\b${name}\\b`));
    if (parts.length !== 2) throw new Error(`the import ${name} stands ${parts.length - 1} times in the JavaScript instead of once`);
    shortened = parts.join(short);
  }
  return { wasm: Buffer.concat(pieces), script: shortened, count: names.size };
}

/** The imports with short names, which are noted. */
function renamed(imports, names) {
  const [count, first] = number(imports, 0);
  const pieces = [bytesOf(count)];
  let at = first;
  for (let nth = 0; nth < count; nth++) {
    const [from, nameAt] = text(imports, at);
    const [name, kindAt] = text(imports, nameAt);
    if (imports[kindAt] !== FUNCTION) throw new Error(`${from}.${name} is imported and is no function`);
    [, at] = number(imports, kindAt + 1);
    if (names.has(name)) throw new Error(`${name} is imported twice`);
    names.set(name, `$${nth.toString(36)}`);
    pieces.push(named(from), named(names.get(name)), imports.subarray(kindAt, at));
  }
  return Buffer.concat(pieces);
}

function section(kind, content) {
  return Buffer.concat([Buffer.from([kind]), bytesOf(content.length), content]);
}

function named(name) {
  const bytes = Buffer.from(name);
  return Buffer.concat([bytesOf(bytes.length), bytes]);
}

/** A text and where what follows it begins. */
function text(bytes, at) {
  const [length, start] = number(bytes, at);
  return [Buffer.from(bytes.subarray(start, start + length)).toString(), start + length];
}

/** A number in LEB128 and where what follows it begins. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function bytesOf(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}
