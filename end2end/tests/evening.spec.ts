// Films for an evening together: two people in two browsers, a link, a consent, one list. Links and forms alone, so the same without JavaScript.
import { type Browser, type BrowserContext, type Page } from "@playwright/test";
import { expect, newPerson, type Person, createAccount, signIn, test } from "../support/fixtures";
import { rateFilms } from "../support/films";
import { mainAction } from "../support/steps";

const ADAS: [string, number][] = [["alien 1979", 5], ["terminator", 4.5], ["star wars", 5]];
const BOS: [string, number][] = [["casablanca", 5], ["fargo", 4.5], ["the godfather", 5]];

interface Guest {
  context: BrowserContext;
  page: Page;
  person: Person;
}

/** Another person, in a browser of their own. */
async function arrive(browser: Browser, baseURL: string | undefined, javaScriptEnabled: boolean | undefined, taste: [string, number][]): Promise<Guest> {
  const context = await browser.newContext({ baseURL, javaScriptEnabled, locale: "en-GB" });
  const person = newPerson();
  await createAccount(context.request, baseURL, person);
  await signIn(context.request, baseURL, person);
  await rateFilms(context.request, baseURL, taste);
  return { context, page: await context.newPage(), person };
}

test("two people find a film that suits both, and see why for each", async ({ browser, page, person, baseURL, javaScriptEnabled }) => {
  test.slow(); // two browsers
  await rateFilms(page.request, baseURL, ADAS);
  await page.goto("/");
  await page.getByRole("link", { name: "An evening together" }).click();
  await mainAction(page, "Plan an evening");
  await expect(page.getByRole("heading", { name: "Your link" })).toBeVisible();
  const link = await page.locator(".secret").textContent();
  const bo = await arrive(browser, baseURL, javaScriptEnabled, BOS);

  await bo.page.goto(link!);
  await expect(bo.page.getByRole("heading", { level: 1, name: `Join ${person.name}'s evening?` })).toBeVisible();
  await mainAction(bo.page, "Join");
  await expect(bo.page.getByText("You are in.")).toBeVisible();
  const list = bo.page.getByRole("region", { name: "Films for all of you" });
  const first = list.getByRole("listitem").filter({ has: bo.page.getByRole("heading", { level: 3 }) }).first();
  await expect(first.getByText(`For ${person.name}`)).toBeVisible();
  await expect(first.getByText(`For ${bo.person.name}`)).toBeVisible();
  await expect(list.getByText(/gave/).first()).toBeVisible();
  await list.getByRole("link", { name: "That most love it" }).click();
  await expect(bo.page.getByText("As good as it is for all of you on average.")).toBeVisible();

  await page.goto("/evening");
  await page.getByRole("link", { name: /See the list/ }).click();
  await expect(page.getByRole("region", { name: "Who comes" }).getByText(bo.person.name)).toBeVisible();
  await mainAction(bo.page, "Leave this evening");
  await expect(bo.page.getByText("You have left.")).toBeVisible();
  await page.reload();
  await expect(page.getByText("So far it is your list alone.")).toBeVisible();
  await bo.context.close();
});

test("a link that was revoked leads nowhere, and a visitor is led to the door and back @desktop", async ({ browser, page, person: _, baseURL, javaScriptEnabled }) => {
  await page.goto("/evening");
  await mainAction(page, "Plan an evening");
  const link = (await page.locator(".secret").textContent())!;
  const visitor = await browser.newContext({ baseURL, locale: "en-GB" });
  const theirs = await visitor.newPage();
  await theirs.goto(link);
  await expect(theirs).toHaveURL(/\/sign-in\?.*evening/);
  await visitor.close();
  await mainAction(page, "Revoke the link");
  await expect(page.getByText("The link is revoked")).toBeVisible();
  const bo = await arrive(browser, baseURL, javaScriptEnabled, []);
  const answer = await bo.page.goto(link);
  expect(answer?.status()).toBe(404);
  await bo.context.close();
});

test("axe finds nothing on an evening @js", async ({ browser, page, person: _, baseURL, expectAccessible }) => {
  test.slow(); // two browsers, two schemes
  await rateFilms(page.request, baseURL, ADAS);
  await page.goto("/evening");
  await expectAccessible(page);
  await mainAction(page, "Plan an evening");
  const link = (await page.locator(".secret").textContent())!;
  await expectAccessible(page);
  const bo = await arrive(browser, baseURL, true, BOS);
  await bo.page.goto(link);
  await expectAccessible(bo.page);
  await mainAction(bo.page, "Join");
  for (const colorScheme of ["light", "dark"] as const) {
    await bo.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(bo.page);
  }
  await bo.context.close();
});
