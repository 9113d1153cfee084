// The data directory that every run starts from: migrated, with the demo imported and a first model trained. Making it takes
// a while, so it is kept in the cache, named after the contents of the server program and the demo's files.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const UNUSED_AFTER_MS = 60 * 60 * 1000;

export interface ServerFiles {
  /** The `matinee` program. */
  server: string;
  /** What the demo is imported from. */
  demoDir: string;
  /** Where templates are kept. */
  cacheDir: string;
  /** The environment of its commands. */
  settings: NodeJS.ProcessEnv;
}

/** A fresh data directory that nobody else uses; the caller removes it. */
export function freshDataDir(files: ServerFiles): string {
  const template = ensureTemplate(files);
  const dir = mkdtempSync(join(tmpdir(), "matinee-end2end-"));
  cpSync(template, dir, { recursive: true });
  return dir;
}

function ensureTemplate(files: ServerFiles): string {
  const name = `template-${contentHash(files)}`;
  const template = join(files.cacheDir, name);
  if (existsSync(template)) return template;
  mkdirSync(files.cacheDir, { recursive: true });
  removeOlderTemplates(files.cacheDir);
  const part = mkdtempSync(join(files.cacheDir, "part-"));
  fill(files, part);
  renameSync(part, template);
  return template;
}

/** By the same script as `make run`. */
function fill({ server, demoDir, settings }: ServerFiles, dataDir: string): void {
  const script = fileURLToPath(new URL("../../scripts/fill-data.sh", import.meta.url));
  const done = spawnSync(script, [server, demoDir, dataDir], { env: settings, encoding: "utf8", timeout: 600_000 });
  if (done.status !== 0) {
    const log = `${dataDir}.log`;
    writeFileSync(log, `${done.stdout}\n${done.stderr}`);
    const reason = done.error?.message ?? done.stderr.trim().split("\n").slice(-5).join("\n");
    throw new Error(`The data directory could not be filled (status ${done.status}): ${reason}\nAll of it: ${log}`);
  }
}

/** Templates of earlier builds, and half-made ones of interrupted runs, unless another checkout may be using them. */
function removeOlderTemplates(cacheDir: string): void {
  for (const entry of readdirSync(cacheDir)) {
    const path = join(cacheDir, entry);
    const old = Date.now() - statSync(path).mtimeMs > UNUSED_AFTER_MS;
    if (old && /^(template|part)-/.test(entry)) rmSync(path, { recursive: true, force: true });
  }
}

/** Of the program and what it imports: what was filled by another may lack what this one makes. */
export function contentHash({ server, demoDir }: Pick<ServerFiles, "server" | "demoDir">): string {
  const hash = createHash("sha256").update(readFileSync(server));
  for (const name of readdirSync(demoDir).sort()) {
    hash.update(name).update(readFileSync(join(demoDir, name)));
  }
  return hash.digest("hex").slice(0, 16);
}
