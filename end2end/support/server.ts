// Starts the release server for a run of the suite: its own data directory, its own port; ready when /readyz says so. With E2E_CLUSTER set, a
// cluster instead: see cluster.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { CLUSTER_URL, startCluster } from "./cluster";
import { CLIENT, startProvider } from "./provider";
import { freshDataDir } from "./template";

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

const cache = process.env.MATINEE_CACHE_DIR ?? join(homedir(), ".cache", "matinee");
const target = process.env.CARGO_TARGET_DIR ?? join(cache, "target");

// Only these settings reach the server: what a developer has set for their own must not change what is tested.
const settings = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  MATINEE_SITE_DIR: process.env.E2E_SITE_DIR ?? join(target, "site"),
  MATINEE_ORT_LIB: process.env.E2E_ORT_LIB ?? join(cache, "onnxruntime", "libonnxruntime.so.1.31.1"),
};

/** Playwright calls this before the first test, and what it returns after the last. */
export default async function startServer(): Promise<() => Promise<void>> {
  const files = {
    server: process.env.E2E_SERVER ?? join(target, "release", "matinee"),
    demoDir: process.env.E2E_DEMO_DIR ?? join(cache, "demo"),
    cacheDir: join(cache, "end2end"),
    settings,
  };
  if (process.env.E2E_CLUSTER) return behindDirector(files);
  const dataDir = freshDataDir(files);
  const port = await freePort();
  const logFile = join(cache, "logs", "end2end-server.log");
  mkdirSync(join(cache, "logs"), { recursive: true });
  const log = openSync(logFile, "w");
  const baseUrl = `http://127.0.0.1:${port}`;
  const provider = await startProvider(`${baseUrl}/sign-in/with/filmid/callback`);
  const config = join(dataDir, "matinee.toml");
  writeFileSync(config, waysIn({ filmid: provider.issuer, gone: `http://127.0.0.1:${await freePort()}` }));
  const server = spawn(files.server, ["--config", config, "serve"], {
    env: { ...settings, PORT: String(port), MATINEE_DATA_DIR: dataDir },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const stop = async () => {
    await end(server);
    await provider.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await ready(baseUrl, server);
  } catch (error) {
    await stop();
    const lastWords = readFileSync(logFile, "utf8").trim().split("\n").slice(-15).join("\n");
    throw new Error(`${(error as Error).message}\n${lastWords}\nAll of its log: ${logFile}`);
  }
  process.env.E2E_BASE_URL = baseUrl;
  // For commands beside it: see roles.ts.
  process.env.E2E_COMMAND = JSON.stringify({ program: files.server, env: { ...settings, MATINEE_DATA_DIR: dataDir } });
  return stop;
}

/** The same behind a director. */
async function behindDirector(files: { server: string; demoDir: string; settings: NodeJS.ProcessEnv }): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "matinee-end2end-"));
  const provider = await startProvider(`${CLUSTER_URL}/sign-in/with/filmid/callback`);
  const config = join(folder, "matinee.toml");
  writeFileSync(config, waysIn({ filmid: provider.issuer, gone: `http://127.0.0.1:${await freePort()}` }));
  const tidy = async () => {
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const cluster = await startCluster({ ...files, cacheDir: cache, config, mailDir: join(folder, "mail") });
    process.env.E2E_BASE_URL = CLUSTER_URL;
    process.env.E2E_COMMAND = JSON.stringify({ program: files.server, env: cluster.settings });
    return async () => {
      await cluster.stop();
      await tidy();
    };
  } catch (error) {
    await tidy();
    throw error;
  }
}

/** The settings of providers: one that is there, and one where nobody listens. */
function waysIn(issuers: { filmid: string; gone: string }): string {
  const way = (id: string, title: string, issuer: string) =>
    `[[sign_in.providers]]\nid = "${id}"\ntitle = "${title}"\nissuer = "${issuer}"\nclient_id = "${CLIENT.id}"\nclient_secret = "${CLIENT.secret}"\n`;
  return way("filmid", "Film ID", issuers.filmid) + way("gone", "Gone", issuers.gone);
}

async function ready(baseUrl: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let answer = "no answer";
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`The server ended with status ${server.exitCode} before it was ready.`);
    try {
      const response = await fetch(`${baseUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return;
      answer = `${response.status} ${await response.text()}`;
    } catch (error) {
      answer = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The server was not ready within ${READY_WITHIN_MS} ms; /readyz said: ${answer}`);
}

/** Asks it to stop, as an operator would, and waits; one that hangs is killed and fails the run. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  server.kill("SIGTERM");
  const inTime = await Promise.race([
    exited.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), STOP_WITHIN_MS).unref()),
  ]);
  if (inTime) return;
  server.kill("SIGKILL");
  await exited;
  throw new Error(`The server did not stop within ${STOP_WITHIN_MS} ms of SIGTERM.`);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
