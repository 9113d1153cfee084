// Describing a film: a page of the server's alone, the same with JavaScript and without.
import { expect, test } from "../support/fixtures";

const sentence = "a great white shark attacks swimmers of a summer resort";

test("a sentence finds the film, with enough of its plot to tell", async ({ page }) => {
  await page.goto("/describe");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Describe a film");
  await page.getByRole("textbox", { name: "What happens in it" }).fill(sentence);
  await page.getByRole("button", { name: "Find the film" }).click();
  await expect(page).toHaveURL(/\/describe\?q=a\+great\+white/);
  const film = page.getByRole("main").getByRole("listitem").first();
  await expect(film.getByRole("heading", { level: 3 })).toContainText("Jaws");
  await expect(film).toContainText(/shark/i);
  await film.getByRole("link", { name: "Jaws" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Jaws" })).toBeVisible();
});

test("what was searched for is the description to begin with", async ({ page }) => {
  await page.goto(`/search?q=${encodeURIComponent(sentence)}`);
  await page.getByRole("link", { name: "Describe a film" }).click();
  await expect(page).toHaveURL(/\/describe\?q=/);
  await expect(page.getByRole("textbox", { name: "What happens in it" })).toHaveValue(sentence);
});

test("without a sentence there is only the question", async ({ page }) => {
  await page.goto("/describe?q=");
  await expect(page.getByRole("main").getByRole("listitem")).toHaveCount(0);
});

test("axe finds nothing on a description with films", async ({ page, javaScriptEnabled, expectAccessible }) => {
  test.skip(!javaScriptEnabled, "axe is a script");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(`/describe?q=${encodeURIComponent(sentence)}`);
    await expectAccessible(page);
  }
});
