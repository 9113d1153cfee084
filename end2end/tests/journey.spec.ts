// A person's whole way: find a film in spite of a typo, register, rate five films, see the home page change with reasons, sign
// out, come back, and find everything where it was. It runs with and without JavaScript, on a desktop and on a phone.
import { expect, newPerson, test } from "../support/fixtures";
import { mainAction, rateHere, register, search, signInByForm } from "../support/steps";

const FILMS: [query: string, title: string][] = [
  ["alein 1979", "Alien"],
  ["termnator", "The Terminator"],
  ["blade runer", "Blade Runner"],
  ["the empire strikes back", "The Empire Strikes Back"],
  ["raiders of the lost ark", "Raiders of the Lost Ark"],
];

test("search with a typo, register, rate five, and recommendations follow with their reasons", async ({ page, javaScriptEnabled }) => {
  test.slow();
  const person = newPerson();

  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await search(page, "godfahter", javaScriptEnabled);
  await page.getByRole("link", { name: "The Godfather", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "The Godfather" })).toBeVisible();

  await register(page, person);
  await expect(page.getByRole("heading", { level: 1, name: /rate five films/i })).toBeVisible();

  for (const [query, title] of FILMS) {
    await page.goto(`/search?q=${encodeURIComponent(query)}`);
    await page.getByRole("main").getByRole("link", { name: title, exact: true }).first().click();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await rateHere(page, 5, javaScriptEnabled);
  }

  await page.goto("/");
  const main = page.getByRole("main");
  await expect(main.getByText(/because you gave/i).first()).toBeVisible();
  const named = main.getByText(new RegExp(FILMS.map(([, title]) => title).join("|")));
  await expect(named.first()).toBeVisible();
  for (const [, title] of FILMS) {
    await expect(main.getByRole("heading", { level: 3, name: title, exact: true })).toHaveCount(0);
  }

  await page.goto("/account");
  await mainAction(page, "Sign out");
  await expect(page.getByRole("link", { name: "Sign in" }).first()).toBeVisible();

  await signInByForm(page, person);
  await page.goto("/ratings");
  for (const [, title] of FILMS) {
    await expect(page.getByRole("main").getByRole("link", { name: title, exact: true }).first()).toBeVisible();
  }
});

test("a rating changes the very next recommendations, and the reason names it @js @desktop", async ({ page, person, request: _ }) => {
  expect(person.email).toContain("@");
  const api = page.context().request;
  const found = await (await api.get("/api/v1/search?q=star+wars&limit=1")).json();
  const film = found.movies[0];
  const before = await (await api.get("/api/v1/recommendations?limit=20")).json();

  const origin = new URL(test.info().project.use.baseURL ?? process.env.E2E_BASE_URL ?? "").origin;
  const rated = await api.put(`/api/v1/movies/${film.id}/rating`, { data: { stars: 5 }, headers: { Origin: origin } });
  expect(rated.ok()).toBe(true);
  const after = await (await api.get("/api/v1/recommendations?limit=20")).json();

  const ids = (answer: { recommendations: { movie: { id: string } }[] }) => answer.recommendations.map((item) => item.movie.id);
  expect(ids(after)).not.toEqual(ids(before));
  expect(ids(after)).not.toContain(film.id);
  const reasons = after.recommendations[0].reasons;
  expect(reasons.some((reason: { kind: string; movie?: { id: string } }) => reason.kind === "rated" && reason.movie?.id === film.id)).toBe(true);
});

test("a recommended film tells what this person would give it, of whoever has rated something @js", async ({ page, person }) => {
  expect(person.email).toContain("@");
  const api = page.context().request;
  const first = async () => (await (await api.get("/api/v1/recommendations?limit=1")).json()).recommendations[0];
  expect((await first()).predicted).toBeUndefined();

  const [film] = (await (await api.get("/api/v1/search?q=star+wars&limit=1")).json()).movies;
  const origin = new URL(test.info().project.use.baseURL ?? process.env.E2E_BASE_URL ?? "").origin;
  await api.put(`/api/v1/movies/${film.id}/rating`, { data: { stars: 5 }, headers: { Origin: origin } });
  const { movie, predicted } = await first();
  expect(predicted.low).toBeLessThanOrEqual(predicted.stars);
  expect(predicted.stars).toBeLessThanOrEqual(predicted.high);

  await page.goto(`/film/${movie.id}/any`);
  const told = page.getByRole("main").getByText(/you would probably give it/i);
  await expect(told).toContainText(/most likely between [\d½]+ and [\d½]+/);
  await expect(told.getByRole("img", { name: /stars/i })).toBeVisible();
});
