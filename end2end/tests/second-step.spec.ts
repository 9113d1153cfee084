// A second step beside the password: set up with an authenticator app, asked for at sign-in, and recovery codes; with and without JavaScript.
import type { Page } from "@playwright/test";
import { codeOf } from "../support/authenticator";
import { expect, newPerson, type Person, test } from "../support/fixtures";
import { hydrated, mainAction, register } from "../support/steps";

const main = (page: Page) => page.getByRole("main");

/** Sets it up; returns the app's secret and the recovery codes. */
async function setUp(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.goto("/account/security");
  await mainAction(page, "Set up the second step");
  await expect(main(page).getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  const secret = (await main(page).locator("code.secret").innerText()).replaceAll(" ", "");
  await main(page).getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await mainAction(page, "Switch it on");
  await expect(main(page).getByRole("heading", { name: "The second step is on" })).toBeVisible();
  const codes = await main(page).locator(".codes__list code").allInnerTexts();
  expect(codes).toHaveLength(10);
  return { secret, codes };
}

/** Gives e-mail address and password; the page that asks for the code comes. */
async function givePassword(page: Page, person: Person, scripted: boolean | undefined, back = ""): Promise<void> {
  await page.goto(`/sign-in${back && `?back=${encodeURIComponent(back)}`}`);
  if (scripted !== false) await hydrated(page);
  await main(page).getByLabel("E-mail address").fill(person.email);
  await main(page).getByLabel("Password", { exact: true }).fill(person.password);
  await mainAction(page, "Sign in");
  await expect(page).toHaveURL(/\/sign-in\/code$/);
  await expect(main(page).getByRole("heading", { name: "Now the code" })).toBeVisible();
}

async function giveCode(page: Page, code: string): Promise<void> {
  await main(page).getByLabel("Code", { exact: true }).fill(code);
  await mainAction(page, "Sign in");
}

test("a code of the app is asked for after the password", async ({ page, javaScriptEnabled, expectAccessible }) => {
  const person = newPerson();
  await register(page, person);
  const { secret } = await setUp(page);
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByRole("link", { name: "I have kept them" }).click();
  await expect(main(page).getByText("Recovery codes left: 10")).toBeVisible();

  await page.context().clearCookies();
  await givePassword(page, person, javaScriptEnabled, "/ratings?sort=title");
  expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  await giveCode(page, "000000");
  await expect(main(page).getByLabel("Code", { exact: true })).toHaveAccessibleDescription(/wrong, or was used already/);
  if (javaScriptEnabled !== false) await expectAccessible(page);
  // The one that set it up was used; the next one is taken a little early.
  await giveCode(page, codeOf(secret, 1));
  await expect(page).toHaveURL(/\/ratings\?sort=title$/);
});

test("a recovery code lets in whoever lost the phone, once", async ({ page, javaScriptEnabled }) => {
  const person = newPerson();
  await register(page, person);
  const { codes } = await setUp(page);
  await page.context().clearCookies();
  await givePassword(page, person, javaScriptEnabled);
  await giveCode(page, codes[3] ?? "");
  await expect(page).toHaveURL(/\/$/);
  await page.context().clearCookies();
  await givePassword(page, person, javaScriptEnabled);
  await giveCode(page, codes[3] ?? "");
  await expect(main(page).getByLabel("Code", { exact: true })).toHaveAccessibleDescription(/wrong, or was used already/);
});

test("it is switched off again", async ({ page }) => {
  const person = newPerson();
  await register(page, person);
  await setUp(page);
  await main(page).getByRole("link", { name: "I have kept them" }).click();
  await mainAction(page, "Make new recovery codes");
  await expect(main(page).getByRole("heading", { name: "Here are your new recovery codes" })).toBeVisible();
  await main(page).getByRole("link", { name: "I have kept them" }).click();
  await mainAction(page, "Switch the second step off");
  await expect(main(page).getByRole("status")).toContainText("The second step is off.");
  await expect(main(page).getByRole("button", { name: "Set up the second step" })).toBeVisible();
});

test("whoever gave no password is sent to begin @desktop", async ({ page }) => {
  await page.goto("/sign-in/code");
  await expect(main(page).getByRole("heading", { name: "This sign-in took too long" })).toBeVisible();
  await main(page).getByRole("link", { name: "Sign in again" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
});
