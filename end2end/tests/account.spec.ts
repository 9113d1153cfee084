// Accounts: what a refused form says, who may come in, one's own ratings, and the end of an account.
import type { Page } from "@playwright/test";
import { createAccount, expect, newPerson, type Person, signIn, test } from "../support/fixtures";
import { findFilm, rateFilms } from "../support/films";
import { hydrated, mainAction, rateHere } from "../support/steps";

const main = (page: Page) => page.getByRole("main");
const emailField = (page: Page) => main(page).getByLabel("E-mail address");
const passwordField = (page: Page) => main(page).getByLabel("Password", { exact: true });

/** Opens a page and, where there is script, waits for it. */
async function open(page: Page, path: string, scripted: boolean | undefined): Promise<void> {
  await page.goto(path);
  if (scripted !== false) await hydrated(page);
}

async function fillRegistration(page: Page, { name, email, password }: Person): Promise<void> {
  await main(page).getByLabel("Name", { exact: true }).fill(name);
  await emailField(page).fill(email);
  await passwordField(page).fill(password);
  await mainAction(page, "Make my account");
}

async function trySignIn(page: Page, email: string, password: string): Promise<void> {
  await emailField(page).fill(email);
  await passwordField(page).fill(password);
  await mainAction(page, "Sign in");
}

test("a refused registration says what is wrong beside each field and keeps what was typed", async ({ page, javaScriptEnabled }) => {
  await open(page, "/register", javaScriptEnabled);
  await fillRegistration(page, { name: "Robin", email: "robin at example", password: "short" });

  await expect(page.getByRole("alert")).toContainText("2 things need another look.");
  // The description is what belongs to the field: its help and what is wrong with it.
  await expect(emailField(page)).toHaveAccessibleDescription(/looks like name@example\.org/);
  await expect(emailField(page)).toHaveAttribute("aria-invalid", "true");
  await expect(passwordField(page)).toHaveAccessibleDescription(/8 characters at least/);
  await expect(main(page).getByText("A password has 8 characters at least.")).toBeVisible();

  const name = main(page).getByLabel("Name", { exact: true });
  await expect(name).not.toHaveAttribute("aria-invalid", "true");
  await expect(name).toHaveValue("Robin");
  await expect(emailField(page)).toHaveValue("robin at example");
  // The first field to mend; without script that is the browser's autofocus.
  await expect(emailField(page)).toBeFocused();
});

test("an e-mail address that has an account can't be registered again", async ({ page, signUp, javaScriptEnabled }) => {
  const { email } = await signUp();
  await open(page, "/register", javaScriptEnabled);
  await fillRegistration(page, { ...newPerson(), email });
  await expect(emailField(page)).toHaveAccessibleDescription(/has an account already/);
  await expect(emailField(page)).toHaveValue(email);
  await expect(page).toHaveURL(/\/register/);
});

test("a wrong password and an unknown address get the same answer", async ({ page, signUp, javaScriptEnabled }) => {
  const { email } = await signUp();
  const alert = main(page).getByRole("alert");

  await open(page, "/sign-in", javaScriptEnabled);
  await trySignIn(page, email, "not the password");
  await expect(alert).toHaveText("The e-mail address or the password is wrong. Try again, or register.");
  await expect(emailField(page)).toHaveValue(email);
  const known = await alert.innerHTML();

  await open(page, "/sign-in", javaScriptEnabled);
  await trySignIn(page, newPerson().email, "not the password");
  await expect(alert).toHaveText("The e-mail address or the password is wrong. Try again, or register.");
  expect(await alert.innerHTML()).toBe(known);
});

test("a password that a manager keeps can be pasted, and is hidden", async ({ page, signUp, javaScriptEnabled }) => {
  const { email, password } = await signUp();
  await open(page, "/sign-in", javaScriptEnabled);
  // The address field is where it is copied from.
  await emailField(page).fill(password);
  await emailField(page).press("ControlOrMeta+a");
  await emailField(page).press("ControlOrMeta+c");
  await passwordField(page).press("ControlOrMeta+v");
  await expect(passwordField(page)).toHaveValue(password);
  await expect(passwordField(page)).toHaveAttribute("type", "password");
  await expect(passwordField(page)).toHaveAttribute("autocomplete", "current-password");
  await emailField(page).fill(email);
  await mainAction(page, "Sign in");
  await expect(page).not.toHaveURL(/\/sign-in/);
});

test("a page of one's own asks to sign in, and leads back there", async ({ page, signUp, javaScriptEnabled }) => {
  const { email, password } = await signUp();
  await open(page, "/ratings?sort=title", javaScriptEnabled);
  await expect(page).toHaveURL(/\/sign-in\?back=/);
  await trySignIn(page, email, password);
  await expect(page).toHaveURL(/\/ratings\?sort=title$/);
});

test("one's ratings are sorted and filtered", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  await rateFilms(page.request, baseURL, [["fargo", 3], ["alien 1979", 5], ["toy story", 1.5]]);
  await open(page, "/ratings", javaScriptEnabled);
  const titles = main(page).getByRole("heading", { level: 2 });
  await expect(titles).toHaveText(["Toy Story", "Alien", "Fargo"]);

  const choose = async (label: string, option: string) => {
    await main(page).getByLabel(label, { exact: true }).selectOption(option);
    if (javaScriptEnabled === false) await mainAction(page, "Show");
  };
  await choose("Sort by", "Most stars");
  await expect(titles).toHaveText(["Alien", "Fargo", "Toy Story"]);
  await expect(page).toHaveURL(/sort=highest/);
  await choose("Sort by", "Newest film");
  await expect(titles).toHaveText(["Fargo", "Toy Story", "Alien"]);
  await choose("Stars", "3 stars");
  await expect(titles).toHaveText(["Fargo"]);
  await choose("Stars", "Any");
  await expect(titles).toHaveCount(3);

  await main(page).getByLabel("Title contains").fill("STORY");
  await main(page).getByLabel("Title contains").press("Enter");
  await expect(titles).toHaveText(["Toy Story"]);
  await expect(page).toHaveURL(/title=STORY/);
  await main(page).getByLabel("Title contains").fill("no such film");
  await main(page).getByLabel("Title contains").press("Enter");
  await expect(main(page)).toContainText("No rating matches.");
  await main(page).getByRole("link", { name: "Show all" }).click();
  await expect(titles).toHaveCount(3);
});

test("a rating is changed and removed where it is listed", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  await rateFilms(page.request, baseURL, [["fargo", 3], ["alien 1979", 5]]);
  await open(page, "/ratings", javaScriptEnabled);
  const rating = main(page).getByRole("group", { name: "Your rating of Fargo" });
  await expect(rating.getByRole("radio", { name: "3 of 5 stars", exact: true })).toBeChecked();

  if (javaScriptEnabled === false) {
    await rating.locator("label").nth(7).click(); // four stars are the eighth half
    const fargo = main(page).getByRole("listitem").filter({ has: page.getByRole("link", { name: "Fargo" }) });
    await fargo.getByRole("button", { name: "Rate", exact: true }).click();
  } else {
    await rating.getByRole("radio", { name: "3 of 5 stars", exact: true }).focus();
    await page.keyboard.press("4");
  }
  await expect(page.getByRole("status").getByText("Rated ★★★★")).toBeVisible();
  await page.reload();
  await expect(rating.getByRole("radio", { name: "4 of 5 stars", exact: true })).toBeChecked();

  if (javaScriptEnabled !== false) await hydrated(page);
  await main(page).getByRole("button", { name: "Remove the rating of Fargo" }).click();
  await expect(page.getByRole("status").getByText("Rating cleared")).toBeVisible();
  await page.reload();
  await expect(main(page).getByRole("heading", { level: 2 })).toHaveText(["Alien"]);
});

test("a rating is undone from its notice", async ({ page, person: _, baseURL, javaScriptEnabled }) => {
  const [film] = await rateFilms(page.request, baseURL, [["fargo", 2]]);
  await open(page, `/film/${film?.id}`, javaScriptEnabled);
  await rateHere(page, 5, javaScriptEnabled);
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  const before = main(page).getByRole("group", { name: "Your rating", exact: true }).getByRole("radio", { name: "2 of 5 stars", exact: true });
  await expect(before).toBeChecked();
  // Shown at once; here it is also saved.
  await expect.poll(async () => (await (await page.request.get("/api/v1/me/ratings")).json()).ratings[0]?.stars).toBe(2);
});

test("a first rating that is undone is no rating @js @desktop", async ({ page, person: _, request }) => {
  const film = await findFilm(request, "fargo");
  await open(page, `/film/${film.id}`, true);
  await rateHere(page, 4, true);
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("status").getByText("Put back")).toBeVisible();
  await expect(main(page).getByRole("group", { name: "Your rating", exact: true }).getByRole("radio", { checked: true })).toHaveCount(0);
  expect((await (await page.request.get("/api/v1/me/ratings")).json()).total).toBe(0);
});

test("an account is deleted only with its password, everywhere and for good", async ({ page, playwright, person, baseURL, javaScriptEnabled }) => {
  const elsewhere = await playwright.request.newContext({ baseURL });
  await signIn(elsewhere, baseURL, person);
  await open(page, "/account", javaScriptEnabled);
  const summary = main(page).locator("summary").getByText("Delete my account", { exact: true });
  const erase = async (password: string) => {
    await main(page).getByLabel("Your password, to be sure").fill(password);
    await main(page).getByRole("checkbox", { name: "Yes, erase all of it" }).check();
    await mainAction(page, "Delete my account and 0 ratings");
  };
  await summary.click();
  await erase("not the password");
  await expect(main(page).getByLabel("Your password, to be sure")).toHaveAccessibleDescription(/nothing was deleted/i);
  expect((await page.request.get("/api/v1/me")).status()).toBe(200);

  await erase(person.password);
  await expect(page.getByText("Your account and everything in it is erased.")).toBeVisible();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("link", { name: "Sign in" }).first()).toBeVisible();
  expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  expect((await elsewhere.get("/api/v1/me")).status()).toBe(401);
  await elsewhere.dispose();

  await open(page, "/sign-in", javaScriptEnabled);
  await trySignIn(page, person.email, person.password);
  await expect(main(page).getByRole("alert")).toContainText("is wrong");
});

test("the address of a deleted account can be registered anew @no-js", async ({ playwright, baseURL }) => {
  const person = newPerson();
  const request = await playwright.request.newContext({ baseURL });
  await createAccount(request, baseURL, person);
  const deleted = await request.delete("/api/v1/me", { data: { password: person.password }, headers: { Origin: baseURL ?? "" } });
  expect(deleted.status()).toBe(204);
  await createAccount(request, baseURL, person);
  expect((await (await request.get("/api/v1/me/ratings")).json()).total).toBe(0);
  await request.dispose();
});
