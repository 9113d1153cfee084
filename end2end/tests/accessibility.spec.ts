// What axe can find by itself, on every page, in light and in dark. The phone has other places for the bar's links, so the two
// pages with most on them are looked at there as well.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { findFilm, rateFilms } from "../support/films";
import { hydrated, mainAction } from "../support/steps";

/** The rules that colours decide; dark has nothing else of its own. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** Both schemes on the page as it is, which is quicker than loading it twice. */
async function inBothSchemes(page: Page, expectAccessible: (page: Page, rules?: string[]) => Promise<void>): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await test.step(colorScheme, async () => {
      // Colours on their way to other colours have contrasts that no one sees. What follows the scroll position runs for ever.
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.waitForFunction(() => {
        const timed = document.getAnimations().filter((animation) => animation.timeline === document.timeline);
        return timed.every((animation) => animation.playState !== "running");
      });
      await expectAccessible(page, colorScheme === "dark" ? COLOUR_RULES : undefined);
    });
  }
}

test("axe finds nothing on the home page of a visitor @js", async ({ page, expectAccessible }) => {
  test.slow(); // some hundred cards, each text of which is weighed against its background
  await page.goto("/");
  await hydrated(page);
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on a film's page @js", async ({ page, request, expectAccessible }) => {
  const film = await findFilm(request, "fargo");
  await page.goto(`/film/${film.id}`);
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1, name: film.title })).toBeVisible();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on a search with results @js @desktop", async ({ page, expectAccessible }) => {
  await page.goto("/search?q=star");
  await hydrated(page);
  await expect(page.getByRole("main").getByRole("heading", { level: 3 }).first()).toBeVisible();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on a search without results @js @desktop", async ({ page, expectAccessible }) => {
  await page.goto("/search?q=zxqvjkw");
  await hydrated(page);
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing while suggestions are open @js @desktop", async ({ page, expectAccessible }) => {
  // Over a small page: what lies under the list has its own test.
  await page.goto("/sign-in");
  await hydrated(page);
  await page.getByRole("combobox", { name: "Search films and people" }).pressSequentially("star");
  await expect(page.getByRole("listbox").getByRole("option").first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the sign-in page @js @desktop", async ({ page, expectAccessible }) => {
  await page.goto("/sign-in");
  await hydrated(page);
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the registration, nor after it refused something @js @desktop", async ({ page, expectAccessible }) => {
  await page.goto("/register");
  await hydrated(page);
  await inBothSchemes(page, expectAccessible);
  await mainAction(page, "Make my account");
  await expect(page.getByRole("alert")).toBeVisible();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the home page of a new person @js @desktop", async ({ page, person: _, expectAccessible }) => {
  test.slow(); // some hundred cards, each text of which is weighed against its background
  await page.goto("/");
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1, name: /rate five films/i })).toBeVisible();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the home page after five ratings, and on them @js @desktop", async ({ page, person: _, baseURL, expectAccessible }) => {
  test.slow(); // some hundred cards, each text of which is weighed against its background
  await rateFilms(page.request, baseURL, [["alien 1979", 5], ["fargo", 4.5], ["star wars", 4], ["the godfather", 5], ["toy story", 2.5]]);
  await page.goto("/");
  await hydrated(page);
  await expect(page.getByRole("main").getByText(/because you gave/i).first()).toBeVisible();
  await inBothSchemes(page, expectAccessible);

  await page.goto("/ratings");
  await hydrated(page);
  await expect(page.getByRole("link", { name: "Toy Story" })).toBeVisible();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the account page with a history @js @desktop", async ({ page, person, request, expectAccessible }) => {
  const film = await findFilm(request, "fargo");
  await page.goto(`/film/${film.id}?from=fargo`);
  await page.goto("/account");
  await hydrated(page);
  await expect(page.getByRole("heading", { level: 1, name: person.name })).toBeVisible();
  await expect(page.getByRole("link", { name: film.title })).toBeVisible();
  await page.getByText("Delete my account", { exact: true }).click();
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the page of an address that leads nowhere @js @desktop", async ({ page, expectAccessible }) => {
  await page.goto("/no/such/page");
  await hydrated(page);
  await inBothSchemes(page, expectAccessible);
});

test("axe finds nothing on the offline page @js @desktop", async ({ page, expectAccessible }) => {
  // It stays as the server made it: nothing to wait for.
  await page.goto("/offline");
  await inBothSchemes(page, expectAccessible);
});
