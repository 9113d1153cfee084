// Passkeys, with Chromium's own authenticator: adding one, signing in by it, in place of the code, and the ways around.
import type { CDPSession, Page } from "@playwright/test";
import { randomUUID } from "node:crypto";
import { codeOf } from "../support/authenticator";
import { expect, newPerson, type Person, test } from "../support/fixtures";
import { hydrated, mainAction, register } from "../support/steps";

// Browsers know no passkeys of addresses, so this machine goes by its name here.
const base = process.env.E2E_BASE_URL ?? "";
const byName = base.replace("127.0.0.1", "localhost");
const atAddress = base.replace("localhost", "127.0.0.1");
test.use({ baseURL: byName });

const main = (page: Page) => page.getByRole("main");

interface Device {
  /** Whether its person is found to be who they are, from now on. */
  knowsItsPerson: (knows: boolean) => Promise<void>;
}

/** Gives the page's browser a device that holds passkeys, and always finds its person present. */
async function addDevice(page: Page): Promise<Device> {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { knowsItsPerson: async (knows) => void (await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: knows })) };
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto("/account/security");
  await main(page).getByLabel("Name of the new passkey").fill(name);
  await mainAction(page, "Add a passkey");
  await expect(main(page).getByRole("status")).toContainText("The passkey is added.");
  await expect(main(page).getByText(name, { exact: true })).toBeVisible();
}

/** Presses the button of the page for signing in; the device answers by itself. */
async function signInByPasskey(page: Page, back = ""): Promise<void> {
  await page.goto(`/sign-in${back && `?back=${encodeURIComponent(back)}`}`);
  await hydrated(page);
  await main(page).getByRole("link", { name: "Sign in with a passkey" }).click();
}

async function whoIsSignedIn(page: Page): Promise<string | null> {
  const me = await page.request.get("/api/v1/me");
  return me.ok() ? (await me.json()).email : null;
}

/** Gives e-mail address and password; the page with this heading comes, unless the device is quicker. */
async function givePassword(page: Page, person: Person, back: string, heading: string | null = "Now the code"): Promise<void> {
  await page.goto(`/sign-in?back=${encodeURIComponent(back)}`);
  await hydrated(page);
  await main(page).getByLabel("E-mail address").fill(person.email);
  await main(page).getByLabel("Password", { exact: true }).fill(person.password);
  await mainAction(page, "Sign in");
  if (heading) await expect(main(page).getByRole("heading", { name: heading })).toBeVisible();
}

test("a passkey is added, signs in without a password, and lets nobody in once it is removed @js", async ({ page, expectAccessible }) => {
  const person = newPerson();
  await addDevice(page);
  await register(page, person);
  await page.goto("/account/security");
  await expect(main(page).getByText("None yet.").first()).toBeVisible();
  await addPasskey(page, "My laptop");
  await expect(main(page).getByText("not used yet")).toBeVisible();
  await expectAccessible(page);

  await page.context().clearCookies();
  await signInByPasskey(page, "/ratings?sort=title");
  await expect(page).toHaveURL(/\/ratings\?sort=title$/);
  expect(await whoIsSignedIn(page)).toBe(person.email);

  await page.goto("/account/security");
  await main(page).getByText("Rename", { exact: true }).click();
  const name = main(page).getByLabel("Name", { exact: true });
  await expect(name).toHaveValue("My laptop");
  await name.fill("The old laptop");
  await mainAction(page, "Keep the name");
  await expect(main(page).getByRole("status")).toContainText("new name");
  await main(page).getByRole("button", { name: "Remove – The old laptop" }).click();
  await expect(main(page).getByRole("status")).toContainText("The passkey is removed");

  await page.context().clearCookies();
  await signInByPasskey(page);
  await expect(main(page).getByRole("alert")).toContainText("Nobody here has this passkey.");
  expect(await whoIsSignedIn(page)).toBeNull();
  await main(page).getByRole("link", { name: "Sign in another way" }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
});

test("a device that has one is not given another @js @desktop", async ({ page }) => {
  await addDevice(page);
  await register(page, newPerson());
  await addPasskey(page, "First");
  await main(page).getByLabel("Name of the new passkey").fill("Second");
  await mainAction(page, "Add a passkey");
  await expect(main(page).getByRole("alert")).toContainText("This device has a passkey for your account already.");
  await expect(main(page).getByText("Second", { exact: true })).toHaveCount(0);
});

test("a passkey does in place of the code @js", async ({ page, expectAccessible }) => {
  const person = newPerson();
  await addDevice(page);
  await register(page, person);
  await page.goto("/account/security");
  await mainAction(page, "Set up the second step");
  const secret = (await main(page).locator("code.secret").innerText()).replaceAll(" ", "");
  await main(page).getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await mainAction(page, "Switch it on");
  await addPasskey(page, "My laptop");

  await page.context().clearCookies();
  await givePassword(page, person, "/ratings");
  await expectAccessible(page);
  await mainAction(page, "Use a passkey");
  await expect(page).toHaveURL(/\/ratings$/);
  expect(await whoIsSignedIn(page)).toBe(person.email);
});

test("a passkey is the second step by itself @js", async ({ page, expectAccessible }) => {
  const person = newPerson();
  const device = await addDevice(page);
  await register(page, person);
  await addPasskey(page, "My laptop");
  await mainAction(page, "Ask for a passkey");
  await expect(main(page).getByRole("heading", { name: "The second step is on" })).toBeVisible();
  const code = await main(page).locator(".codes__list code").first().innerText();

  await page.context().clearCookies();
  await givePassword(page, person, "/ratings", null);
  await expect(page).toHaveURL(/\/ratings$/);
  expect(await whoIsSignedIn(page)).toBe(person.email);

  await page.context().clearCookies();
  await device.knowsItsPerson(false);
  await givePassword(page, person, "/ratings", "Now your passkey");
  await expect(main(page).getByRole("alert")).toContainText("No passkey came.");
  await main(page).getByText("The device is lost?").click();
  await main(page).getByLabel("Recovery code").fill(code);
  await expectAccessible(page);
  await mainAction(page, "Sign in");
  await expect(page).toHaveURL(/\/ratings$/);
});

test("whoever is not recognised by their device is told so, and tries again @js", async ({ page, expectAccessible }) => {
  const person = newPerson();
  const device = await addDevice(page);
  await register(page, person);
  await addPasskey(page, "My laptop");
  await page.context().clearCookies();
  await device.knowsItsPerson(false);
  await signInByPasskey(page);
  await expect(main(page).getByRole("alert")).toContainText("No passkey came.");
  await expectAccessible(page);
  expect(await whoIsSignedIn(page)).toBeNull();
  await device.knowsItsPerson(true);
  await mainAction(page, "Use a passkey");
  await expect(page).toHaveURL(/\/$/);
  expect(await whoIsSignedIn(page)).toBe(person.email);
});

test("a passkey that is the only way in stays @js @desktop", async ({ page }) => {
  // The provider of the tests leads back to where the suite is.
  await page.goto(`${base}/sign-in/with/filmid?back=/account/security`);
  await page.getByPlaceholder("Enter any login").fill(`kim-${randomUUID().slice(0, 8)}`);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(main(page).getByText("This is your only way in.")).toBeVisible();
  const cookies = await page.context().cookies(base);
  await page.context().addCookies(cookies.map(({ name, value }) => ({ name, value, domain: "localhost", path: "/" })));

  await addDevice(page);
  await addPasskey(page, "My laptop");
  await main(page).getByRole("button", { name: "Unlink – Film ID" }).click();
  await expect(main(page).getByRole("status")).toContainText("Unlinked.");
  await expect(main(page).getByText("This is your only way in.")).toBeVisible();
  await expect(main(page).getByRole("button", { name: /^Remove/ })).toHaveCount(0);
  await page.context().clearCookies();
  await signInByPasskey(page, "/account/security");
  await expect(page).toHaveURL(/\/account\/security$/);
  await expect(main(page).getByText("My laptop")).toBeVisible();
});

test("where passkeys don't work the page says so and offers the other ways @js @desktop", async ({ page, browser }) => {
  await page.goto(`${atAddress}/sign-in/passkey`);
  await expect(main(page).getByText(`Passkeys work at ${byName}`)).toBeVisible();
  await expect(main(page).getByRole("button", { name: "Use a passkey" })).toBeHidden();
  await expect(main(page).getByRole("link", { name: "Sign in another way" })).toBeVisible();

  const old = await browser.newContext({ baseURL: byName });
  await old.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
  const there = await old.newPage();
  await there.goto("/sign-in/passkey");
  await expect(main(there).getByText("This browser knows no passkeys.")).toBeVisible();
  await expect(main(there).getByRole("link", { name: "Sign in another way" })).toBeVisible();
  await old.close();
});

test("without JavaScript the pages say so and offer the other ways @no-js", async ({ page }) => {
  await page.goto("/sign-in?back=%2Fratings");
  await main(page).getByRole("link", { name: "Sign in with a passkey" }).click();
  // Playwright looks for no text in there.
  const noScript = main(page).locator("noscript p");
  await expect(noScript).toBeVisible();
  await main(page).getByRole("link", { name: "Sign in another way" }).click();
  await expect(page).toHaveURL(/\/sign-in\?back=%2Fratings$/);
  await register(page, newPerson());
  await page.goto("/account/security");
  await expect(noScript).toBeVisible();
  await expect(main(page).getByRole("button", { name: "Add a passkey" })).toBeHidden();
});
