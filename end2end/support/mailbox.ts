// People's mailboxes: without a mail server, letters become files in the data directory.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@playwright/test";

/** The path of the link in the latest letter to an address whose link leads to this page. */
export async function linkIn(email: string, page: string): Promise<string> {
  let found: string | undefined;
  await expect
    .poll(() => (found = latest(email, page)), { message: `a letter to ${email} with a link to ${page}` })
    .toBeDefined();
  return found ?? "";
}

function latest(email: string, page: string): string | undefined {
  const { env } = JSON.parse(process.env.E2E_COMMAND ?? "{}");
  const folder = env.MATINEE_MAIL__DIR ?? join(env.MATINEE_DATA_DIR, "mail");
  const files = listed(folder).filter((name) => name.endsWith(".eml")).sort().reverse();
  for (const name of files) {
    const text = readFileSync(join(folder, name), "utf8").replaceAll("=\r\n", "").replaceAll("=3D", "=");
    const link = new RegExp(`${page}\\?token=[0-9a-f]+`).exec(text);
    if (text.includes(`To: ${email}`) && link) return link[0];
  }
  return undefined;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Nothing was sent yet.
    return [];
  }
}
