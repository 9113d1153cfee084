// Roles, as an operator gives them: by the command, beside the running server.
import { spawnSync } from "node:child_process";
import type { Person } from "./fixtures";

/** Gives a person a role. It holds from their next request on. */
export function grant(person: Person, role: "editor" | "admin"): void {
  const { program, env } = JSON.parse(process.env.E2E_COMMAND ?? "{}");
  const done = spawnSync(program, ["users", "grant", person.email, role], { env, encoding: "utf8", timeout: 30_000 });
  if (done.status !== 0) throw new Error(`matinee users grant: ${done.stderr || done.stdout || done.error}`);
}
