// Stars that are clicked early, and what a rating leaves as it is.
import { expect, test } from "../support/fixtures";
import { findFilm } from "../support/films";
import { hydrated } from "../support/steps";

test("a star clicked before the page is taken over counts @js @desktop", async ({ page, person: _, request }) => {
  const film = await findFilm(request, "fargo");
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/film/${film.id}`, { waitUntil: "commit" });
  const rating = page.getByRole("main").getByRole("group", { name: /your rating/i }).first();
  await rating.locator("label").nth(6).click();
  const chosen = rating.getByRole("radio", { name: "3 and a half of 5 stars" });
  await expect(chosen).toBeChecked();
  await expect(page.locator("html[data-hydrated]")).not.toBeAttached();

  letGo();
  await hydrated(page);
  await expect(page.getByText("Rated ★★★½").first()).toBeVisible();
  await expect(chosen).toBeChecked();
  await page.reload();
  await expect(chosen).toBeChecked();
});

test("a film's poster stays the same when the browser draws the page anew @js @desktop", async ({ page, person: _, request }) => {
  const film = await findFilm(request, "star wars");
  await page.goto(`/film/${film.id}`);
  await hydrated(page);
  const poster = page.getByRole("article").locator(".poster > svg").first();
  const drawn = await poster.evaluate((svg) => svg.outerHTML);
  // To another page and back: now the poster is the browser's own drawing.
  await page.getByRole("link", { name: "Matinee, home" }).click();
  await expect(page).toHaveURL(/\/$/);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: film.title })).toBeVisible();
  expect(await poster.evaluate((svg) => svg.outerHTML)).toBe(drawn);
});
