// What holds for all pages: they fit the narrowest screens, links don't load documents, the console stays empty, and the
// language stays as chosen.
import { expect, test } from "../support/fixtures";
import { findFilm } from "../support/films";
import { hydrated, search } from "../support/steps";

test("no page scrolls sideways at 320 pixels @desktop", async ({ page, person: _, request, browser, baseURL }) => {
  const fargo = await findFilm(request, "fargo");
  const visitor = await browser.newPage({ baseURL });
  const pages = [
    ...["/", "/search?q=star", `/film/${fargo.id}`, "/sign-in", "/register"].map((path) => ({ path, page: visitor })),
    ...["/", `/film/${fargo.id}`, "/account"].map((path) => ({ path, page })),
  ];
  for (const { path, page } of pages) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(path);
    await hydrated(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft(width, `${path} ${page === visitor ? "of a visitor" : "of a person"}`).toBeLessThanOrEqual(320);
  }
  await visitor.close();
});

test("links, back and search change the page without loading it @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.evaluate(() => Object.assign(window, { marker: "same document" }));
  const heading = page.getByRole("heading", { level: 1 });
  const home = await heading.innerText();

  await page.getByRole("main").getByRole("heading", { level: 3 }).first().getByRole("link").click();
  await expect(page).toHaveURL(/\/film\//);
  await expect(page.getByRole("group", { name: /your rating/i }).first()).toBeVisible();
  await page.goBack();
  await expect(heading).toHaveText(home);
  await search(page, "alien", true);
  await expect(heading).toHaveText("alien");
  await page.getByRole("link", { name: "Sign in" }).first().click();
  await expect(heading).toHaveText("Sign in");
  expect(await page.evaluate(() => (window as { marker?: string }).marker)).toBe("same document");
});

test("nothing is complained about in the console @js @desktop", async ({ page, request }) => {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  const fargo = await findFilm(request, "fargo");
  for (const path of ["/", "/search?q=alien", `/film/${fargo.id}`, "/register"]) {
    await page.goto(path);
    await hydrated(page);
  }
  expect(complaints).toEqual([]);
});

test("the chosen language is the page's, and stays on the next page and after a reload", async ({ page, javaScriptEnabled }) => {
  await page.goto("/");
  if (javaScriptEnabled !== false) await hydrated(page);
  const root = page.locator("html");
  const heading = page.getByRole("heading", { level: 1 });
  await expect(root).toHaveAttribute("lang", "en");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(root).toHaveAttribute("lang", "de");
  await expect(heading).toHaveText("Filme, die sich für dich lohnen");
  // Cards and rows follow, down to the decimal comma.
  await expect(page.getByRole("link", { name: "Alle ansehen" }).first()).toBeVisible();
  await expect(page.getByRole("main").getByRole("listitem").first()).toContainText(/\d,\d$/);

  await page.getByRole("main").getByRole("link", { name: "Anmelden" }).click();
  await expect(heading).toHaveText("Anmelden");
  await expect(page).toHaveTitle(/^Anmelden/);
  await page.reload();
  await expect(root).toHaveAttribute("lang", "de");
  await expect(heading).toHaveText("Anmelden");
});

test("a browser that asks for German gets it", async ({ browser, baseURL, javaScriptEnabled }) => {
  const page = await browser.newPage({ baseURL, javaScriptEnabled, locale: "de-DE" });
  await page.goto("/sign-in");
  if (javaScriptEnabled !== false) await hydrated(page);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Anmelden");
  await page.close();
});
