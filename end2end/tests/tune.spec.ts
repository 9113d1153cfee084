// Tuning one's list: each knob changes it at once, it is kept, and the home page follows. Without JavaScript the same form has a button.
import { expect, test } from "../support/fixtures";
import { rateFilms } from "../support/films";
import { mainAction } from "../support/steps";

const TASTE: [string, number][] = [["alien 1979", 5], ["fargo", 4.5], ["star wars", 4], ["the godfather", 5], ["toy story", 2.5]];

const years = (texts: string[]) => texts.flatMap((text) => /(1[89]|20)\d\d/.exec(text)?.[0] ?? []).map(Number);
const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

test("a knob changes the list, and stays as it was left", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  await rateFilms(page.request, baseURL, TASTE);
  await page.goto("/tune");
  const list = page.getByRole("region", { name: "Your list" });
  const facts = list.locator(".card__facts");
  await expect(list.getByText("In the order of your taste alone.")).toBeVisible();
  const before = mean(years(await facts.allTextContents()));

  await page.getByRole("slider", { name: "How new" }).focus();
  await page.keyboard.press("End");
  if (javaScriptEnabled === false) {
    await mainAction(page, "Show the list");
    await expect(page.getByText("Kept. Your home page follows it.")).toBeVisible();
  } else {
    await expect(page.getByText("Newer films first")).toBeVisible();
    await expect(page.getByRole("slider", { name: "How new" })).toBeFocused();
  }
  await expect(list.getByText("In the order of your taste and your knobs together.")).toBeVisible();
  await expect(list.getByText(/up from place \d+: newer/i).first()).toBeVisible();
  await expect(list.getByText(/because/i).first()).toBeVisible();
  expect(mean(years(await facts.allTextContents()))).toBeGreaterThan(before + 2);

  await page.goto("/tune");
  await expect(page.getByRole("slider", { name: "How new" })).toHaveValue("2");
  await mainAction(page, "Back to the start");
  await expect(list.getByText("In the order of your taste alone.")).toBeVisible();
  await expect(page.getByRole("slider", { name: "How new" })).toHaveValue("0");
});

test("a genre that is left out is on no row of the home page, whose row leads here", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  await rateFilms(page.request, baseURL, TASTE);
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Tune it" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Tune your list" })).toBeVisible();
  const summary = page.getByText(/leave out genres/i).first();
  if (await summary.isVisible()) await summary.click();
  // The chip is what people press; the box within it is hidden.
  await page.locator("label").filter({ hasText: /^Drama$/ }).click();
  if (javaScriptEnabled === false) await mainAction(page, "Show the list");
  await expect(page.getByText("Leave out genres (1)")).toBeAttached();
  const answer = await page.request.get("/api/ui/home?whole=true");
  const home = (await answer.json()) as { rows: { title: unknown; items: { movie: { genres: string[] } }[] }[] };
  const mine = home.rows.filter((row) => row.title === "for_you").flatMap((row) => row.items);
  expect(mine.length).toBeGreaterThan(5);
  expect(mine.flatMap((item) => item.movie.genres)).not.toContain("Drama");
});

test("whoever is not signed in is led to the door and back", async ({ page }) => {
  await page.goto("/tune");
  await expect(page).toHaveURL(/\/sign-in\?.*tune/);
});

test("axe finds nothing while a list is tuned @js", async ({ page, person: _, baseURL, expectAccessible }) => {
  await rateFilms(page.request, baseURL, TASTE);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/tune");
    await page.getByRole("slider", { name: "How well known" }).focus();
    await page.keyboard.press("Home");
    await expect(page.getByText("Discoveries first")).toBeVisible();
    await expect(page.getByText("In the order of your taste and your knobs together.", { exact: false })).toBeVisible();
    await expectAccessible(page);
    await mainAction(page, "Back to the start");
  }
});

test("the page is kept, and says so, when an answer does not come @js @desktop", async ({ page, person: _ }) => {
  await page.goto("/tune");
  await page.route("**/tune", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
  await page.getByRole("slider", { name: "How new" }).focus();
  await page.keyboard.press("End");
  await expect(page.getByRole("alert")).toHaveText(/could not be fetched/);
  await expect(page.getByRole("region", { name: "Your list" })).toBeVisible();
});
