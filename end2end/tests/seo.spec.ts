// What search engines and previews of links read. They run no script, so these tests don't either.
import { expect, test } from "../support/fixtures";
import { findFilm } from "../support/films";

test("a film's page names its canonical address and has what previews show @no-js", async ({ page, request, baseURL }) => {
  const film = await findFilm(request, "alien 1979");
  const url = `${baseURL}/film/${film.id}/alien-1979`;
  await page.goto(url);
  await expect(page).toHaveTitle("Alien (1979) · Matinee");
  await expect(page.locator('link[rel="canonical"]')).toHaveAttribute("href", url);
  const property = (name: string) => page.locator(`meta[property="${name}"]`);
  await expect(property("og:title")).toHaveAttribute("content", "Alien (1979)");
  await expect(property("og:url")).toHaveAttribute("content", url);
  await expect(property("og:type")).toHaveAttribute("content", "video.movie");
  await expect(property("og:description")).toHaveAttribute("content", /Alien/);
  await expect(page.locator('meta[name="description"]')).toHaveAttribute("content", /Alien/);

  const image = await request.get((await property("og:image").getAttribute("content")) ?? "");
  expect(image.ok()).toBe(true);
  expect(image.headers()["content-type"]).toContain("image/");
});

test("a film's page describes the film in JSON-LD @no-js", async ({ page, request, baseURL }) => {
  const film = await findFilm(request, "alien 1979");
  await page.goto(`/film/${film.id}/alien-1979`);
  const blocks = page.locator('script[type="application/ld+json"]');
  await expect(blocks).toHaveCount(1);
  expect(JSON.parse((await blocks.textContent()) ?? "")).toMatchObject({
    "@context": "https://schema.org",
    "@type": "Movie",
    name: "Alien",
    url: `${baseURL}/film/${film.id}/alien-1979`,
    datePublished: "1979",
    genre: expect.arrayContaining(["Horror"]),
    aggregateRating: { "@type": "AggregateRating", bestRating: "5", ratingCount: expect.any(Number) },
  });
});

test("the sitemap names the film pages, and robots.txt the sitemap @no-js", async ({ request, baseURL }) => {
  const robots = await (await request.get("/robots.txt")).text();
  expect(robots).toContain(`Sitemap: ${baseURL}/sitemap.xml`);

  const index = await request.get("/sitemap.xml");
  expect(index.headers()["content-type"]).toContain("xml");
  const places = (xml: string) => [...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, place]) => place ?? "");
  const pieces = places(await index.text());
  expect(pieces.length).toBeGreaterThan(0);
  const films = [];
  for (const piece of pieces) films.push(...places(await (await request.get(piece)).text()));

  const film = await findFilm(request, "alien 1979");
  expect(films).toContain(`${baseURL}/film/${film.id}/alien-1979`);
  expect(films.length).toBeGreaterThan(1_600);
});

for (const [what, slug] of [["wrong", "/aliens-1986"], ["missing", ""]] as const) {
  test(`a ${what} slug leads to the right address for good @no-js`, async ({ request }) => {
    const film = await findFilm(request, "alien 1979");
    const response = await request.get(`/film/${film.id}${slug}?from=alein`, { maxRedirects: 0 });
    expect(response.status()).toBe(308);
    // The search that led here goes along.
    expect(response.headers()["location"]).toMatch(new RegExp(`/film/${film.id}/alien-1979\\?from=alein$`));
  });
}

test("addresses that lead nowhere answer 404 @no-js", async ({ request }) => {
  for (const path of ["/no/such/page", "/film/nonsense", "/film/00000000-0000-5000-8000-000000000000/alien-1979"]) {
    expect((await request.get(path)).status(), path).toBe(404);
  }
});
