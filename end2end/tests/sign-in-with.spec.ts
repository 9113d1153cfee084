// Signing in by an account at a real OpenID provider, linking it and taking that away; with and without JavaScript.
import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, newPerson, test } from "../support/fixtures";
import { hydrated, mainAction, register, signInByForm } from "../support/steps";

const main = (page: Page) => page.getByRole("main");
const someone = () => `kim-${randomUUID().slice(0, 8)}`;

/** Opens the sign-in page and presses the provider's button. */
async function goToProvider(page: Page, scripted: boolean | undefined, back = "", title = "Film ID"): Promise<void> {
  await page.goto(`/sign-in${back && `?back=${encodeURIComponent(back)}`}`);
  if (scripted !== false) await hydrated(page);
  await main(page).getByRole("link", { name: `Sign in with ${title}` }).click();
}

/** Signs in at the provider's own pages, and allows what Matinee asks for. */
async function agreeAs(page: Page, name: string): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

/** A new browser at the provider, too: its cookies are for this machine, as Matinee's are. */
async function forgetEverybody(page: Page): Promise<void> {
  await page.context().clearCookies();
}

async function whoIsSignedIn(page: Page): Promise<{ id: string; name: string; email: string } | null> {
  const me = await page.request.get("/api/v1/me");
  return me.ok() ? me.json() : null;
}

test("a first sign-in makes an account and goes on where the person was", async ({ page, javaScriptEnabled }) => {
  const name = someone();
  await goToProvider(page, javaScriptEnabled, "/ratings?sort=title");
  await agreeAs(page, name);
  await expect(page).toHaveURL(/\/ratings\?sort=title$/);
  expect(await whoIsSignedIn(page)).toMatchObject({ name, email: "" });
});

test("whoever comes back is the same person", async ({ page, javaScriptEnabled }) => {
  const name = someone();
  await goToProvider(page, javaScriptEnabled);
  await agreeAs(page, name);
  await expect(page).toHaveURL(/\/$/);
  const first = await whoIsSignedIn(page);
  expect(first).not.toBeNull();
  await forgetEverybody(page);
  expect(await whoIsSignedIn(page)).toBeNull();
  await goToProvider(page, javaScriptEnabled);
  await agreeAs(page, name);
  await expect(page).toHaveURL(/\/$/);
  expect(await whoIsSignedIn(page)).toEqual(first);
});

test("the page for registering offers the same ways", async ({ page, javaScriptEnabled }) => {
  await page.goto("/register");
  if (javaScriptEnabled !== false) await hydrated(page);
  await main(page).getByRole("link", { name: "Sign in with Film ID" }).click();
  await expect(page.getByPlaceholder("Enter any login")).toBeVisible();
});

test("the buttons are there after moving to the page inside the app, too @js @desktop", async ({ page }) => {
  await page.goto("/");
  await hydrated(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Sign in" }).click();
  await main(page).getByRole("link", { name: "Sign in with Film ID" }).click();
  await expect(page.getByPlaceholder("Enter any login")).toBeVisible();
});

test("an account is linked, signs in, and is unlinked", async ({ page, javaScriptEnabled }) => {
  const [person, name] = [newPerson(), someone()];
  await register(page, person);
  await page.goto("/account");
  if (javaScriptEnabled !== false) await hydrated(page);
  await main(page).getByRole("link", { name: "Security, your data and changes" }).click();
  await main(page).getByRole("link", { name: "See how you sign in" }).click();
  await expect(page).toHaveURL(/\/account\/security$/);
  await mainAction(page, "Link Film ID");
  await agreeAs(page, name);
  await expect(page).toHaveURL(/\/account\/security\?said=linked$/);
  await expect(main(page).getByRole("status")).toContainText("Linked.");

  await forgetEverybody(page);
  await goToProvider(page, javaScriptEnabled, "/account/security");
  await agreeAs(page, name);
  await expect(page).toHaveURL(/\/account\/security$/);
  expect(await whoIsSignedIn(page)).toMatchObject({ email: person.email });

  await main(page).getByRole("button", { name: "Unlink – Film ID" }).click();
  await expect(main(page).getByRole("status")).toContainText("Unlinked.");
  await expect(main(page).getByRole("button", { name: "Link Film ID" })).toBeVisible();
});

test("the last way in can't be taken away", async ({ page, javaScriptEnabled }) => {
  await goToProvider(page, javaScriptEnabled, "/account/security");
  await agreeAs(page, someone());
  await expect(main(page).getByText("This is your only way in.")).toBeVisible();
  await expect(main(page).getByRole("button", { name: /^Unlink/ })).toHaveCount(0);
});

test("an address that has an account is not merged: its owner signs in and links", async ({ page, signUp, javaScriptEnabled }) => {
  const person = await signUp();
  await goToProvider(page, javaScriptEnabled);
  await agreeAs(page, person.email);
  await expect(main(page).getByRole("heading", { name: "You have an account here already" })).toBeVisible();
  expect(await whoIsSignedIn(page)).toBeNull();

  await main(page).getByRole("link", { name: "Sign in and link the two" }).click();
  await expect(page).toHaveURL(/\/sign-in\?back=/);
  if (javaScriptEnabled !== false) await hydrated(page);
  await main(page).getByLabel("E-mail address").fill(person.email);
  await main(page).getByLabel("Password", { exact: true }).fill(person.password);
  await mainAction(page, "Sign in");
  await expect(page).toHaveURL(/\/account\/security$/);
  await mainAction(page, "Link Film ID");
  // The provider knows the person, and has been told already that Matinee may.
  await expect(main(page).getByRole("status")).toContainText("Linked.");
});

test("a provider that is down says so, and what else can be done", async ({ page, javaScriptEnabled, expectAccessible }) => {
  await goToProvider(page, javaScriptEnabled, "", "Gone");
  await expect(main(page).getByRole("heading", { name: "Gone does not answer as it should" })).toBeVisible();
  await expect(main(page).getByRole("link", { name: "Try again" })).toBeVisible();
  if (javaScriptEnabled !== false) await expectAccessible(page);
});

test("whoever says no at the provider is not signed in", async ({ page, javaScriptEnabled }) => {
  await goToProvider(page, javaScriptEnabled);
  await page.getByRole("link", { name: /Cancel/ }).click();
  await expect(main(page).getByRole("heading", { name: "You were not signed in" })).toBeVisible();
  expect(await whoIsSignedIn(page)).toBeNull();
});

test("sessions elsewhere are listed and ended", async ({ page, browser, baseURL, javaScriptEnabled, expectAccessible }) => {
  const person = newPerson();
  await register(page, person);
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  const there = await elsewhere.newPage();
  await signInByForm(there, person);
  await page.goto("/account/security");
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await expect(main(page).getByText("this browser", { exact: true })).toBeVisible();
  await main(page).getByRole("button", { name: /^Sign out there/ }).click();
  await expect(main(page).getByRole("status")).toContainText("Signed out there.");
  expect(await whoIsSignedIn(there)).toBeNull();
  expect(await whoIsSignedIn(page)).toMatchObject({ email: person.email });
  await elsewhere.close();
});

test("a password is changed by giving the present one", async ({ page }) => {
  const person = newPerson();
  await register(page, person);
  await page.goto("/account/security");
  await main(page).getByLabel("Present password").fill(person.password);
  await main(page).getByLabel("New password").fill("password1");
  await mainAction(page, "Set the password");
  await expect(main(page).getByLabel("New password")).toHaveAccessibleDescription(/guessed first/);
  await main(page).getByLabel("Present password").fill(person.password);
  await main(page).getByLabel("New password").fill("another horse, another day");
  await mainAction(page, "Set the password");
  await expect(main(page).getByRole("status")).toContainText("The password is set.");
  await page.context().clearCookies();
  await signInByForm(page, { ...person, password: "another horse, another day" });
});
