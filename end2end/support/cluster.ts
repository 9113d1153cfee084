// The suite's other way to be served: a director before three instances with one PostgreSQL, as `make cluster` has them. Chosen by E2E_CLUSTER:
// `calm`, or `killing`, which kills one instance after the other meanwhile. The work is done by scripts/cluster/browsers.py.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { contentHash } from "./template";

/** The first time means an import and training, on whatever machine this is. */
const READY_WITHIN_MS = 900_000;
const STOP_WITHIN_MS = 120_000;
const KILL_EVERY_S = 8;

export interface RunningCluster {
  /** What a command beside it needs: see roles.ts and mailbox.ts. */
  settings: NodeJS.ProcessEnv;
  stop: () => Promise<void>;
}

interface ClusterFiles {
  server: string;
  demoDir: string;
  cacheDir: string;
  settings: NodeJS.ProcessEnv;
  /** The settings file of every instance. */
  config: string;
  /** Where all instances put their letters. */
  mailDir: string;
}

/** The first of the ports that it takes; people's address is 80 above it. */
export const CLUSTER_PORT = Number(process.env.E2E_CLUSTER_PORT ?? 18400);
/** By its name: browsers know no passkeys of addresses. */
export const CLUSTER_URL = `http://localhost:${CLUSTER_PORT + 80}`;

export async function startCluster(files: ClusterFiles): Promise<RunningCluster> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const target = process.env.CARGO_TARGET_DIR ?? join(files.cacheDir, "target");
  const shared = { ...files.settings, MATINEE_CONFIG: files.config, MATINEE_MAIL__DIR: files.mailDir };
  mkdirSync(files.mailDir, { recursive: true });
  mkdirSync(join(files.cacheDir, "logs"), { recursive: true });
  const logFile = join(files.cacheDir, "logs", "end2end-cluster.log");
  const log = openSync(logFile, "w");
  const killing = process.env.E2E_CLUSTER === "killing" ? ["--kill-every", String(KILL_EVERY_S)] : [];
  const program = join(root, "scripts/cluster/browsers.py");
  const cluster = spawn("python3", ["-B", program, "--port", String(CLUSTER_PORT), ...killing], {
    env: {
      ...shared,
      MATINEE_CACHE_DIR: files.cacheDir,
      CLUSTER_ROOT: root,
      CLUSTER_DIR: clusterDir(files),
      CLUSTER_DEMO: files.demoDir,
      CLUSTER_SERVER: files.server,
      CLUSTER_AI: process.env.E2E_AI ?? join(files.server, "../matinee-ai"),
      CLUSTER_DIRECTOR: process.env.E2E_DIRECTOR ?? join(target, "director/matinee-director"),
    },
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const { stdin, stdout } = cluster;
  if (stdin === null || stdout === null) throw new Error("its input and output are pipes");
  const exited = once(cluster, "exit");
  const stop = async () => {
    stdin.end();
    const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), STOP_WITHIN_MS).unref());
    if ((await Promise.race([exited, late])) === "late") {
      cluster.kill("SIGTERM");
      await exited;
    }
  };
  const line = await Promise.race([
    once(createInterface(stdout), "line").then(([text]) => text as string),
    exited.then(() => undefined),
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), READY_WITHIN_MS).unref()),
  ]);
  if (line === undefined) {
    await stop();
    const lastWords = readFileSync(logFile, "utf8").trim().split("\n").slice(-15).join("\n");
    throw new Error(`The cluster did not start.\n${lastWords}\nAll of its log: ${logFile}`);
  }
  const ready = JSON.parse(line) as { base_url: string; database_url: string; data_dir: string };
  if (ready.base_url !== CLUSTER_URL) throw new Error(`The cluster is at ${ready.base_url}, not at ${CLUSTER_URL}.`);
  return { settings: { ...shared, MATINEE_DATABASE_URL: ready.database_url, MATINEE_DATA_DIR: ready.data_dir }, stop };
}

/** Filled once and kept for later runs of the same program; what an earlier one filled is not what this one would. */
function clusterDir(files: ClusterFiles): string {
  const dir = join(tmpdir(), `matinee-end2end-cluster-${process.getuid?.() ?? 0}`);
  const [mark, hash] = [join(dir, "filled-by"), contentHash(files)];
  if (!existsSync(mark) || readFileSync(mark, "utf8") !== hash) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    writeFileSync(mark, hash);
  }
  return dir;
}
