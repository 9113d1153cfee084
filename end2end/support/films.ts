// Films of the demo catalogue, found and rated by the API: the quick way to where a test begins.
import { type APIRequestContext, expect } from "@playwright/test";
import { sameOrigin } from "./fixtures";

export interface Film {
  id: string;
  title: string;
  year: number;
}

/** The first film that a search finds. */
export async function findFilm(request: APIRequestContext, query: string): Promise<Film> {
  const response = await request.get("/api/v1/search", { params: { q: query, limit: 1 } });
  expect(response.ok(), `GET /api/v1/search: ${response.status()}`).toBe(true);
  const [film] = (await response.json()).movies;
  expect(film, `no film for "${query}"`).toBeDefined();
  return film;
}

/** How many films a search finds. */
export async function countFilms(request: APIRequestContext, params: Record<string, string | number>): Promise<number> {
  const response = await request.get("/api/v1/search", { params: { ...params, limit: 1 } });
  expect(response.ok(), `GET /api/v1/search: ${response.status()}`).toBe(true);
  return (await response.json()).total;
}

/** Rates films as whoever is signed in with `request`, one after the other: the last one is the latest. */
export async function rateFilms(request: APIRequestContext, baseURL: string | undefined, ratings: [query: string, stars: number][]): Promise<Film[]> {
  const films = [];
  for (const [query, stars] of ratings) {
    const film = await findFilm(request, query);
    const response = await request.put(`/api/v1/movies/${film.id}/rating`, { data: { stars }, headers: sameOrigin(baseURL) });
    expect(response.ok(), `PUT rating of ${film.title}: ${response.status()} ${await response.text()}`).toBe(true);
    films.push(film);
  }
  return films;
}
