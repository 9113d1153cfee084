// Stars that are clicked early.
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
