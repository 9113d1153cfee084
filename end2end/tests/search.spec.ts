// Searching: by hand and by keyboard, with suggestions, filters and the address, and when nothing is found.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { countFilms } from "../support/films";
import { hydrated, search } from "../support/steps";

const field = (page: Page) => page.getByRole("combobox", { name: "Search films and people" });
const titles = (page: Page) => page.getByRole("main").getByRole("heading", { level: 3 });
const count = (page: Page) => page.getByRole("main").getByRole("status");

for (const [what, query, title] of [
  ["a title with its year", "alien 1979", "Alien"],
  ["a title without its accents", "les miserables", "Les Misérables"],
  ["a title with a typo", "godfahter", "The Godfather"],
] as const) {
  test(`${what} finds the film first`, async ({ page, javaScriptEnabled }) => {
    await page.goto("/");
    await search(page, query, javaScriptEnabled);
    await expect(titles(page).first()).toHaveText(title);
  });
}

test("a search without results says so and leads to all films", async ({ page }) => {
  await page.goto("/search?q=zxqvjkw");
  await expect(count(page)).toHaveText("No films");
  await expect(page.getByRole("main")).toContainText(/one or two wrong letters are fine/i);
  await page.getByRole("link", { name: "Browse all films" }).click();
  await expect(page).toHaveURL(/\/search$/);
  await expect(titles(page).first()).toBeVisible();
});

test("filters that leave nothing can be left out", async ({ page }) => {
  await page.goto("/search?q=alien&genre=Musical");
  await expect(count(page)).toHaveText("No films");
  await page.getByRole("link", { name: "Search without filters" }).click();
  await expect(page).toHaveURL(/\/search\?q=alien$/);
  await expect(titles(page).first()).toHaveText("Alien");
});

test("the slash key leads to the search field @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.keyboard.press("/");
  await expect(field(page)).toBeFocused();
  await expect(field(page)).toHaveValue("");
});

test("typing suggests films, and arrows and Enter open one without loading the page @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.evaluate(() => Object.assign(window, { marker: "same document" }));
  await field(page).pressSequentially("alien 1979");
  const options = page.getByRole("listbox", { name: "Films" }).getByRole("option");
  await expect(options.first()).toContainText("Alien");
  await expect(options.last()).toHaveText("All films for “alien 1979”");
  await expect(field(page)).toHaveAttribute("aria-expanded", "true");

  await page.keyboard.press("ArrowDown");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  // What a screen reader says while the focus stays in the field.
  await expect(field(page)).toHaveAttribute("aria-activedescendant", (await options.first().getAttribute("id")) ?? "");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Alien", exact: true })).toBeVisible();
  await expect(page).toHaveURL(/\/film\/[^/]+\/alien-1979/);
  expect(await page.evaluate(() => (window as { marker?: string }).marker)).toBe("same document");
});

test("Escape closes the suggestions and keeps the text @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await field(page).pressSequentially("star");
  await expect(page.getByRole("listbox", { name: "Films" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("listbox", { name: "Films" })).toHaveCount(0);
  await expect(field(page)).toHaveValue("star");
});

test("what is typed before the browser's side has taken over is not lost @js @desktop", async ({ page }) => {
  // On a slow line the module arrives long after the page; held back here until something is typed.
  let arrive = () => {};
  const typed = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/*.wasm", async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto("/", { waitUntil: "commit" });
  await field(page).pressSequentially("alien");
  arrive();
  await hydrated(page);
  await expect(field(page)).toHaveValue("alien");
});

test("the address holds the search, and back from a film returns to it @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await search(page, "alien", true);
  await expect(page).toHaveURL(/\/search\?q=alien$/);
  await page.getByRole("main").getByRole("link", { name: "Alien", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Alien", exact: true })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/search\?q=alien$/);
  await expect(field(page)).toHaveValue("alien");
  await expect(titles(page).first()).toHaveText("Alien");
});

test("on the search page the results follow the typing @js @desktop", async ({ page }) => {
  await page.goto("/search");
  await hydrated(page);
  await field(page).pressSequentially("fargo");
  await expect(page).toHaveURL(/\/search\?q=fargo$/);
  await expect(titles(page)).toHaveText(["Fargo"]);
  await expect(field(page)).toBeFocused();
});

test("genre, years and rating narrow the results and stand in the address @js @desktop", async ({ page, request }) => {
  await page.goto("/search?q=star");
  await hydrated(page);
  const all = await countFilms(request, { q: "star" });
  await expect(count(page)).toHaveText(`${all} films`);
  const filters = page.getByRole("complementary", { name: "Filters" });

  await filters.getByRole("checkbox", { name: /^Action/ }).check();
  await expect(filters.getByRole("checkbox", { name: /^Action/ })).toBeChecked();
  const action = await countFilms(request, { q: "star", genre: "Action" });
  expect(action).toBeLessThan(all);
  await expect(page).toHaveURL(/[?&]genre=Action(&|$)/);
  await expect(count(page)).toHaveText(`${action} films`);

  await filters.getByLabel("From year").fill("1977");
  await filters.getByLabel("To year").fill("1986");
  await filters.getByLabel("To year").press("Tab");
  const old = await countFilms(request, { q: "star", genre: "Action", from: 1977, to: 1986 });
  expect(old).toBeLessThan(action);
  await expect(page).toHaveURL(/[?&]from=1977&to=1986(&|$)/);
  await expect(count(page)).toHaveText(`${old} films`);

  await filters.getByRole("radio", { name: /^3½/ }).check();
  const good = await countFilms(request, { q: "star", genre: "Action", from: 1977, to: 1986, min_rating: 3.5 });
  expect(good).toBeLessThan(old);
  await expect(page).toHaveURL(/[?&]min=3\.5(&|$)/);
  await expect(count(page)).toHaveText(`${good} films`);

  // The address alone is enough to come back.
  await page.reload();
  await expect(count(page)).toHaveText(`${good} films`);
  await expect(filters.getByRole("checkbox", { name: /^Action/ })).toBeChecked();
  await expect(filters.getByLabel("From year")).toHaveValue("1977");
  await expect(filters.getByRole("radio", { name: /^3½/ })).toBeChecked();
});

test("a genre chosen by keyboard keeps the focus when others go @js @desktop", async ({ page }) => {
  await page.goto("/search?q=star");
  await hydrated(page);
  const genres = page.getByRole("group", { name: "Genre" }).getByRole("checkbox");
  const war = page.getByRole("checkbox", { name: /^War/ });
  const before = await genres.count();
  await war.focus();
  await page.keyboard.press("Space");
  await expect(count(page)).toHaveText("2 films");
  // The test is worth something only if the chip did change its place.
  await expect(genres).not.toHaveCount(before);
  await expect(war).toBeChecked();
  await expect(war).toBeFocused();
});

test("filters narrow the results with a button @no-js", async ({ page, request }) => {
  await page.goto("/search?q=star");
  const filters = page.getByRole("complementary", { name: "Filters" });
  await filters.getByRole("checkbox", { name: /^War/ }).check();
  await filters.getByLabel("To year").fill("1980");
  await filters.getByRole("button", { name: "Show films" }).click();
  await expect(page).toHaveURL(/q=star.*genre=War.*to=1980/);
  const found = await countFilms(request, { q: "star", genre: "War", to: 1980 });
  await expect(count(page)).toHaveText(found === 1 ? "1 film" : `${found} films`);
  await expect(filters.getByRole("checkbox", { name: /^War/ })).toBeChecked();
});
