// Makes a CycloneDX document of cargo's metadata (one JSON document a line, a line for each target) and of npm's lock files: see sbom.sh.
import { readFileSync } from "node:fs";

const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";
const LOCKS = ["scripts/npm/package-lock.json", "end2end/package-lock.json", "scripts/audit/observatory/package-lock.json"];

/** name@version → sha256 of the crate's archive. */
function checksums() {
  const found = new Map();
  for (const part of readFileSync("Cargo.lock", "utf8").split("[[package]]")) {
    const field = (name) => part.match(new RegExp(`^${name} = "([^"]*)"`, "m"))?.[1];
    if (field("checksum")) found.set(`${field("name")}@${field("version")}`, field("checksum"));
  }
  return found;
}

function crates(lines) {
  const sums = checksums();
  const found = new Map();
  for (const line of lines) {
    const { packages, resolve } = JSON.parse(line);
    const used = new Set(resolve.nodes.map((node) => node.id));
    for (const { id, name, version, license, source, description } of packages.filter((one) => used.has(one.id) && one.source)) {
      if (source !== CRATES_IO) throw new Error(`${name} ${version} comes from ${source}, which is not trusted`);
      const sum = sums.get(`${name}@${version}`);
      found.set(`pkg:cargo/${name}@${version}`, {
        type: "library",
        name,
        version,
        description: description?.trim() || undefined,
        purl: `pkg:cargo/${name}@${version}`,
        hashes: sum && [{ alg: "SHA-256", content: sum }],
        licenses: license && [{ expression: license.replaceAll("/", " OR ") }],
      });
    }
  }
  return found;
}

function npm() {
  const found = new Map();
  for (const file of LOCKS) {
    let lock;
    try {
      lock = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") continue;
      throw error;
    }
    for (const [path, { version, integrity, license }] of Object.entries(lock.packages)) {
      const name = path.split("node_modules/").at(-1);
      if (!name || !version) continue;
      const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
      const [alg, sum] = integrity?.split("-") ?? [];
      found.set(purl, {
        type: "library",
        scope: "excluded",
        name,
        version,
        purl,
        hashes: alg === "sha512" ? [{ alg: "SHA-512", content: Buffer.from(sum, "base64").toString("hex") }] : undefined,
        licenses: license && [{ expression: license }],
      });
    }
  }
  return found;
}

const lines = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
const components = [...crates(lines), ...npm()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([purl, component]) => ({ "bom-ref": purl, ...component }));
const { version } = JSON.parse(lines[0]).packages.find((one) => one.name === "matinee-server");
const document = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { component: { type: "application", name: "matinee", version } },
  components,
};
console.log(JSON.stringify(document, null, 1));
