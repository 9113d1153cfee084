// The rows of the home page: they begin with a few films, bring the others when somebody moves along them, and each has a page
// with all of them. On a card of a recommendation "Why" tells more.
import { expect, test } from "../support/fixtures";
import { rateFilms } from "../support/films";
import { hydrated } from "../support/steps";

test("a row brings the rest of its films when somebody moves along it @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  const row = page.getByRole("list", { name: "Rated highest", exact: true });
  const films = row.getByRole("listitem");
  await expect(films).toHaveCount(8);
  const first = await films.first().innerText();

  await page.getByRole("button", { name: "More", exact: true }).first().click();
  await expect(films).toHaveCount(18);
  expect(await films.first().innerText()).toBe(first);
  expect(await row.evaluate((track) => track.scrollLeft)).toBeGreaterThan(0);
});

test("all films of a row are on a page of their own", async ({ page, javaScriptEnabled }) => {
  await page.goto("/");
  if (javaScriptEnabled !== false) await hydrated(page);
  await page.getByRole("link", { name: "See all Rated highest" }).click();
  await expect(page).toHaveURL(/\?row=loved$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Rated highest");
  await expect(page.getByRole("main").getByRole("heading", { level: 3 })).toHaveCount(18);

  await page.getByRole("main").getByRole("link", { name: "To the home page" }).click();
  await page.getByRole("link", { name: "See all Drama" }).click();
  await expect(page).toHaveURL(/\/search\?genre=Drama$/);
});

test("a card tells why its film is recommended @js @desktop", async ({ page, person: _, baseURL }) => {
  await rateFilms(page.request, baseURL, [["alien 1979", 5], ["fargo", 4.5], ["star wars", 4], ["the godfather", 5], ["toy story", 2.5]]);
  await page.goto("/");
  await hydrated(page);
  const card = page.getByRole("list", { name: "For you", exact: true }).getByRole("listitem").first();
  const title = await card.getByRole("heading", { level: 3 }).innerText();
  const button = card.getByRole("button", { name: `Why ${title}` });
  await button.click();

  const sheet = page.getByRole("dialog", { name: `Why ${title}` });
  await expect(sheet.getByText(/^You gave/).first()).toBeVisible();
  await sheet.getByRole("button", { name: "Close" }).click();
  await expect(sheet).toBeHidden();
  await expect(button).toBeFocused();
});

test("after some ratings there is a row of what people rate next, without films of the first row, and its films say why", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  await rateFilms(page.request, baseURL, [["alien 1979", 5], ["fargo", 4.5], ["star wars", 4], ["the godfather", 5], ["toy story", 2.5]]);
  await page.goto("/");
  if (javaScriptEnabled !== false) await hydrated(page);
  const titles = (row: string) => page.getByRole("list", { name: row, exact: true }).getByRole("heading", { level: 3 });
  const next = await titles("Where to go from here").allInnerTexts();
  expect(next).toHaveLength(8);
  const first = await titles("For you").allInnerTexts();
  expect(next.filter((title) => first.includes(title))).toEqual([]);

  const answer = await page.request.get("/api/v1/recommendations?order=next&limit=40");
  const { recommendations: items } = (await answer.json()) as { recommendations: { reasons: { kind: string; movie?: { title: string } }[] }[] };
  expect(items).toHaveLength(40);
  // All reasons are films that this person rated: popularity has no part in it.
  expect(items.every((item) => item.reasons.length > 0 && item.reasons.every((reason) => reason.kind === "rated"))).toBe(true);
  await page.getByRole("link", { name: "See all Where to go from here" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Where to go from here");
  await expect(page.getByRole("main").getByRole("heading", { level: 3 })).toHaveCount(18);
});
