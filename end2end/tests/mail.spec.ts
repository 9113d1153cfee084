// What comes by e-mail: a new password in place of a forgotten one, and confirming an address; with and without JavaScript.
import type { Page } from "@playwright/test";
import { expect, newPerson, test } from "../support/fixtures";
import { linkIn } from "../support/mailbox";
import { hydrated, mainAction, register, signInByForm } from "../support/steps";

const main = (page: Page) => page.getByRole("main");

test("a forgotten password is replaced by the link in an e-mail", async ({ page, signUp, javaScriptEnabled, expectAccessible }) => {
  const person = await signUp();
  await page.goto("/sign-in");
  if (javaScriptEnabled !== false) await hydrated(page);
  await main(page).getByRole("link", { name: "Forgot your password?" }).click();
  await expect(main(page).getByRole("heading", { name: "Forgot your password?" })).toBeVisible();
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByLabel("E-mail address").fill(person.email);
  await mainAction(page, "Send me the link");
  await expect(main(page).getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();

  await page.goto(await linkIn(person.email, "/sign-in/reset"));
  await expect(main(page).getByText(`For ${person.email}.`)).toBeVisible();
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await main(page).getByLabel("New password").fill("password1");
  await mainAction(page, "Set the password");
  await expect(main(page).getByLabel("New password")).toHaveAccessibleDescription(/guessed first/);
  await main(page).getByLabel("New password").fill("another horse, another day");
  await mainAction(page, "Set the password");
  await expect(main(page).getByRole("heading", { name: "Your new password is set" })).toBeVisible();
  await signInByForm(page, { ...person, password: "another horse, another day" });

  await page.goto(await linkIn(person.email, "/sign-in/reset"));
  await expect(main(page).getByRole("heading", { name: "This link is over" })).toBeVisible();
});

test("an address nobody has gets the same answer @desktop", async ({ page }) => {
  await page.goto("/sign-in/forgot");
  await main(page).getByLabel("E-mail address").fill(newPerson().email);
  await mainAction(page, "Send me the link");
  await expect(main(page).getByRole("heading", { name: "Look into your mailbox" })).toBeVisible();
});

test("an address is confirmed by the link in an e-mail, and changed by another", async ({ page, javaScriptEnabled, expectAccessible }) => {
  const person = newPerson();
  await register(page, person);
  await page.goto("/account/security");
  await expect(main(page).getByText(`${person.email} is not confirmed yet.`)).toBeVisible();
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await page.goto(await linkIn(person.email, "/account/confirm"));
  if (javaScriptEnabled !== false) await expectAccessible(page);
  await mainAction(page, "Yes, it is mine");
  await expect(main(page).getByText(`${person.email} is confirmed.`)).toBeVisible();

  const moved = newPerson().email;
  await main(page).getByRole("link", { name: "Sign-in and security" }).click();
  await main(page).getByLabel("Another address").fill(moved);
  await mainAction(page, "Change the address");
  await expect(main(page).getByRole("status")).toContainText("An e-mail is on its way.");
  await page.goto(await linkIn(moved, "/account/confirm"));
  await mainAction(page, "Yes, it is mine");
  await page.context().clearCookies();
  await signInByForm(page, { ...person, email: moved });
});

test("the page for registering does not speak of forgotten passwords @js @desktop", async ({ page }) => {
  await page.goto("/register");
  await hydrated(page);
  await expect(main(page).getByRole("link", { name: "Sign in with Film ID" })).toBeVisible();
  await expect(main(page).getByRole("link", { name: "Forgot your password?" })).toHaveCount(0);
  await main(page).getByRole("link", { name: "Sign in", exact: true }).click();
  await expect(main(page).getByRole("link", { name: "Forgot your password?" })).toBeVisible();
});
