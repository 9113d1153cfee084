// Pages that the server alone draws: they are the same with and without JavaScript.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { findFilm, rateFilms } from "../support/films";
import { grant } from "../support/roles";
import { hydrated } from "../support/steps";

const main = (page: Page) => page.getByRole("main");
const heading = (page: Page) => page.getByRole("heading", { level: 1 });

/** From the app's own account page. */
async function openMyData(page: Page, scripted: boolean | undefined): Promise<void> {
  await page.goto("/account");
  if (scripted !== false) await hydrated(page);
  await main(page).getByRole("link", { name: "Security, your data and changes" }).click();
  await expect(heading(page)).toHaveText("Your data");
}

test("a person takes their last change back", async ({ page, person: _, context, baseURL, javaScriptEnabled, expectAccessible }) => {
  const [alien] = await rateFilms(context.request, baseURL, [["alien 1979", 5], ["fargo", 2]]);
  await openMyData(page, javaScriptEnabled);
  await main(page).getByRole("link", { name: "See your changes" }).click();
  await expect(heading(page)).toHaveText("Your changes");
  const entry = main(page).getByRole("listitem").filter({ hasText: "Fargo" });
  await expect(entry).toContainText("Rated");
  await expect(entry).toContainText("2 stars");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await entry.getByRole("button", { name: "Undo – Rated: Fargo" }).click();
  await expect(page.getByRole("status").getByText("Taken back.")).toBeVisible();
  await expect(entry).toContainText("Taken back");
  await expect(entry.getByRole("button")).toHaveCount(0);
  // The other rating is as it was.
  const ratings = await (await context.request.get("/api/v1/me/ratings")).json();
  expect(ratings.ratings.map((rating: { movie: { id: string } }) => rating.movie.id)).toEqual([alien?.id]);
});

test("a token is shown once, lets a program in, and is revoked", async ({ page, person, playwright, baseURL, javaScriptEnabled, expectAccessible }) => {
  await openMyData(page, javaScriptEnabled);
  await main(page).getByRole("link", { name: "Manage tokens" }).click();
  await main(page).getByRole("button", { name: "Make the token" }).click();
  await expect(main(page).getByLabel("What it is for")).toHaveAccessibleDescription(/say what the token is for/);
  await main(page).getByLabel("What it is for").fill("Backup script");
  await main(page).getByLabel("What it may do").selectOption({ label: "Read and change" });
  await main(page).getByRole("button", { name: "Make the token" }).click();
  const token = await main(page).locator(".secret").innerText();
  expect(token).toMatch(/^matinee_[0-9a-f]{128}$/);
  if (javaScriptEnabled !== false) await expectAccessible(page);

  const program = await playwright.request.newContext({ baseURL, extraHTTPHeaders: { Authorization: `Bearer ${token}` } });
  expect((await (await program.get("/api/v1/me")).json()).email).toBe(person.email);
  await page.goto("/account/tokens");
  await expect(main(page)).not.toContainText(token);
  const entry = main(page).getByRole("listitem").filter({ hasText: "Backup script" });
  await expect(entry).toContainText("last used");
  await entry.getByRole("button", { name: "Revoke – Backup script" }).click();
  await expect(page.getByRole("status").getByText("The token is revoked")).toBeVisible();
  expect((await program.get("/api/v1/me")).status()).toBe(401);
  await program.dispose();
});

test("what is kept of a person can be read about and taken along", async ({ page, person, context, baseURL, javaScriptEnabled }) => {
  await rateFilms(context.request, baseURL, [["alien 1979", 5]]);
  await openMyData(page, javaScriptEnabled);
  const download = page.waitForEvent("download");
  await main(page).getByRole("link", { name: "Ratings (CSV for Letterboxd)" }).click();
  expect((await download).suggestedFilename()).toBe("matinee-letterboxd.csv");
  const json = await (await context.request.get("/account/data/matinee.json")).json();
  expect([json.account.email, json.ratings.length]).toEqual([person.email, 1]);
  await page.getByRole("navigation", { name: "More about Matinee" }).getByRole("link", { name: "Privacy" }).click();
  await expect(heading(page)).toHaveText("Privacy");
  await expect(main(page)).toContainText("argon2id");
});

test("ratings from elsewhere are brought along, and taken back as one", async ({ page, person: _, context, javaScriptEnabled, expectAccessible }) => {
  await openMyData(page, javaScriptEnabled);
  await main(page).getByRole("link", { name: "Bring ratings along" }).click();
  await expect(heading(page)).toHaveText("Bring your ratings");
  const file = main(page).getByLabel("Zip or CSV");
  const bring = async (name: string, text: string) => {
    await file.setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await main(page).getByRole("button", { name: "Bring them in" }).click();
  };
  await bring("watched.csv", "Date,Name,Year,Letterboxd URI\n2024-02-03,Alien,1979,https://boxd.it/1\n");
  await expect(file).toHaveAccessibleDescription(/no ratings in this file, only: watched.csv/);
  if (javaScriptEnabled !== false) await expectAccessible(page);
  const rows = ["2024-02-03,Alien,1979,https://boxd.it/1,4.5", "2024-02-04,Fargo,1996,https://boxd.it/2,5", "2024-02-05,No Such Film,1996,https://boxd.it/3,3"];
  await bring("ratings.csv", ["Date,Name,Year,Letterboxd URI,Rating", ...rows].join("\n"));
  await expect(heading(page)).toHaveText("Your ratings are in");
  await expect(main(page).getByRole("listitem")).toContainText("No Such Film (1996)");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  const mine = async () => (await (await context.request.get("/api/v1/me/ratings")).json()).ratings.map((rating: { stars: number }) => rating.stars);
  expect(await mine()).toEqual([5, 4.5]);
  await main(page).getByRole("button", { name: "Take them back" }).click();
  await expect(page.getByRole("status").getByText("Taken back.")).toBeVisible();
  expect(await mine()).toEqual([]);
});

test("an editor corrects a film and takes it back; others see no way to", async ({ page, person, request, javaScriptEnabled, expectAccessible }) => {
  const film = await findFilm(request, "fargo");
  const edit = page.getByRole("link", { name: "Edit this film" });
  await page.goto(`/film/${film.id}`);
  await expect(edit).toHaveCount(0);
  grant(person, "editor");
  await page.goto("/");
  await expect(edit).toBeHidden();
  // A film of this test alone, for others are read by other tests at the same time.
  await page.goto(`/film/${(await findFilm(request, `the ${javaScriptEnabled === false ? "mask" : "rock"}`)).id}`);
  if (javaScriptEnabled !== false) await hydrated(page);
  const title = await heading(page).innerText();
  await edit.click();
  await expect(heading(page)).toHaveText(`Edit ${title}`);
  if (javaScriptEnabled !== false) await expectAccessible(page);
  const runtime = main(page).getByLabel("Minutes");
  await runtime.fill("soon");
  await main(page).getByRole("button", { name: "Save" }).click();
  await expect(runtime).toHaveAccessibleDescription(/a number between 1 and 15000/);
  await runtime.fill("111");
  await main(page).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").getByText("Saved.")).toBeVisible();
  await main(page).getByRole("link", { name: "History of this film" }).click();
  const entry = main(page).locator(".ledger__item").first();
  await expect(entry).toContainText("Edited a film");
  await expect(entry).toContainText("111");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await entry.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("status").getByText("Taken back.")).toBeVisible();
  await main(page).getByRole("link", { name: "Edit this film" }).click();
  await expect(main(page).getByLabel("Minutes")).not.toHaveValue("111");
});

test("an admin finds a person, gives a role, and takes back what they did", async ({ page, person, signUp, playwright, baseURL, javaScriptEnabled, expectAccessible }) => {
  await page.goto("/admin");
  await expect(heading(page)).toHaveText("Not for this account");
  grant(person, "admin");
  const other = await signUp();
  const theirs = await playwright.request.newContext({ baseURL });
  const origin = { Origin: baseURL ?? "" };
  await theirs.post("/api/v1/session", { data: { email: other.email, password: other.password }, headers: origin });
  await rateFilms(theirs, baseURL, [["alien 1979", 1]]);

  await page.goto("/");
  await page.getByRole("navigation", { name: "More about Matinee" }).getByRole("link", { name: "Administration" }).click();
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByRole("link", { name: "Find people" }).click();
  await main(page).getByLabel("Name or e-mail address").fill(other.email);
  await main(page).getByRole("button", { name: "Show" }).click();
  await main(page).getByRole("listitem").getByRole("link", { name: other.name }).click();
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByLabel("Role").selectOption({ label: "Editor" });
  await main(page).getByRole("button", { name: "Give this role" }).click();
  await expect(page.getByRole("status").getByText("The role is given.")).toBeVisible();

  await main(page).getByRole("link", { name: "What they did" }).click();
  await main(page).getByRole("link", { name: "Rated" }).first().click();
  await expect(main(page)).toContainText("Rating");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByRole("link", { name: "Plan taking back" }).click();
  await expect(main(page)).toContainText("Nothing has been changed yet");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  expect((await (await theirs.get("/api/v1/me/ratings")).json()).total).toBe(1);
  await main(page).getByRole("button", { name: "Take them back" }).click();
  await expect(heading(page)).toHaveText("Took changes back");
  expect((await (await theirs.get("/api/v1/me/ratings")).json()).total).toBe(0);
  await theirs.dispose();
});

test("a conflict that an admin ticks is taken back all the same", async ({ page, person, context, baseURL, javaScriptEnabled, expectAccessible }) => {
  grant(person, "admin");
  await rateFilms(context.request, baseURL, [["fargo", 4]]);
  const change = (await (await context.request.get("/api/v1/me/changes")).json()).changes[0].id;
  await rateFilms(context.request, baseURL, [["fargo", 1]]);
  await page.goto(`/admin/revert?by=change&of=${change}`);
  await expect(main(page)).toContainText("was changed since");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByLabel("Take this one back all the same").check();
  await main(page).getByRole("button", { name: "Take back the others, and what is ticked" }).click();
  await expect(heading(page)).toHaveText("Took changes back");
  expect((await (await context.request.get("/api/v1/me/ratings")).json()).total).toBe(0);
});

test("no page of the desk scrolls sideways at 320 pixels @desktop", async ({ page, person, context, request, baseURL }) => {
  grant(person, "admin");
  await rateFilms(context.request, baseURL, [["fargo", 4]]);
  const film = await findFilm(request, "fargo");
  await page.setViewportSize({ width: 320, height: 640 });
  const change = (await (await context.request.get("/api/v1/me/changes")).json()).changes[0].id;
  const own = ["/account/data", "/account/changes", "/account/tokens", "/account/import", "/privacy", `/edit/${film.id}`, `/edit/${film.id}/history`];
  const admin = ["/admin", "/admin/history", `/admin/history/${change}`, `/admin/revert?by=change&of=${change}`, "/admin/people"];
  for (const path of [...own, ...admin]) {
    const response = await page.goto(path);
    expect.soft(response?.status(), path).toBe(200);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, path).toBeLessThanOrEqual(320);
  }
});
