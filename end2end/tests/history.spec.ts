// The history: what is kept of a person's searching and looking, and that they decide about it.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { findFilm } from "../support/films";
import { hydrated, mainAction } from "../support/steps";

const history = (page: Page) => page.getByRole("main").locator("section").filter({ has: page.getByRole("heading", { name: "History" }) });

test("films looked at and the searches that led there are kept, until they are cleared", async ({ page, person: _, request, javaScriptEnabled }) => {
  const fargo = await findFilm(request, "fargo");
  await page.goto(`/film/${fargo.id}`);
  await expect(page.getByRole("heading", { level: 1, name: "Fargo" })).toBeVisible();
  await page.goto("/search?q=alein");
  await page.getByRole("main").getByRole("link", { name: "Alien", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Alien", exact: true })).toBeVisible();

  await page.goto("/account");
  const entries = history(page).getByRole("listitem");
  await expect(entries.filter({ hasText: "Searched for “alein”" }).getByRole("link", { name: "Alien" })).toBeVisible();
  await expect(entries.filter({ hasText: "Looked at" }).getByRole("link", { name: "Fargo" })).toBeVisible();

  if (javaScriptEnabled !== false) await hydrated(page);
  await mainAction(page, "Clear history");
  await expect(page.getByRole("status").getByText("History cleared")).toBeVisible();
  await expect(history(page)).toContainText("Nothing kept so far.");
  await page.reload();
  await expect(history(page)).toContainText("Nothing kept so far.");
  await expect(entries).toHaveCount(0);
});

test("switched off, nothing new is kept", async ({ page, person: _, request, javaScriptEnabled }) => {
  const [kept, unkept] = [await findFilm(request, "alien 1979"), await findFilm(request, "fargo")];
  await page.goto(`/film/${kept.id}`);
  await page.goto("/account");
  if (javaScriptEnabled !== false) await hydrated(page);
  const keep = history(page).getByRole("switch", { name: "Keep my history and use it" });
  await expect(keep).toBeChecked();
  await keep.uncheck();
  if (javaScriptEnabled === false) await history(page).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").getByText("Saved")).toBeVisible();
  await expect(history(page)).toContainText("Off: nothing new is kept.");

  await page.goto(`/film/${unkept.id}?from=fargo`);
  await expect(page.getByRole("heading", { level: 1, name: "Fargo" })).toBeVisible();
  await page.goto("/account");
  await expect(keep).not.toBeChecked();
  // What was kept before stays until it is cleared.
  await expect(history(page).getByRole("heading", { level: 3 })).toHaveText(["Alien"]);
});
