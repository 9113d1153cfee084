// Steps that several journeys take, by role and name, with and without JavaScript.
import { expect, type Page } from "@playwright/test";
import type { Person } from "./fixtures";

/** Searches by the field in the bar and waits for the results. */
export async function search(page: Page, text: string, scripted: boolean | undefined): Promise<void> {
  if (!(await page.getByRole("combobox", { name: "Search films and people" }).isVisible())) {
    await page.goto("/search");
  }
  const field = page.getByRole("combobox", { name: "Search films and people" });
  await field.fill(text);
  await field.press("Enter");
  await expect(page).toHaveURL(/\/search\?/);
  if (scripted !== false) await expect(field).toHaveValue(text);
}

/** Waits until the browser's side has taken over the page that the server rendered. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("html[data-hydrated]")).toBeAttached({ timeout: 15_000 });
}

/** Rates the film whose page is open. */
export async function rateHere(page: Page, stars: number, scripted: boolean | undefined): Promise<void> {
  const rating = page.getByRole("main").getByRole("group", { name: /your rating/i }).first();
  const words = `${stars} of 5 stars`;
  if (scripted === false) {
    // The stars are the radios' labels; the last one is five stars.
    await rating.locator("label").nth(stars * 2 - 1).click();
    await page.getByRole("main").getByRole("button", { name: "Rate", exact: true }).first().click();
  } else {
    await hydrated(page);
    await rating.getByRole("radio", { name: words }).focus();
    await page.keyboard.press(String(stars));
    await expect(page.getByText(`Rated ${"★".repeat(stars)}`).first()).toBeVisible();
  }
  await expect(rating.getByRole("radio", { name: words })).toBeChecked();
}

/** Registers by the form; the person is signed in and at home afterwards. */
export async function register(page: Page, person: Person): Promise<void> {
  await page.goto("/register");
  const main = page.getByRole("main");
  await main.getByLabel("Name", { exact: true }).fill(person.name);
  await main.getByLabel("E-mail address").fill(person.email);
  await main.getByLabel("Password", { exact: true }).fill(person.password);
  await mainAction(page, "Make my account");
  await expect(page).toHaveURL(/\/(\?.*)?$/);
}

/** Signs in by the form. */
export async function signInByForm(page: Page, person: Person): Promise<void> {
  await page.goto("/sign-in");
  const main = page.getByRole("main");
  await main.getByLabel("E-mail address").fill(person.email);
  await main.getByLabel("Password", { exact: true }).fill(person.password);
  await mainAction(page, "Sign in");
  await expect(page).not.toHaveURL(/sign-in/);
}

/** Presses a button of the page. */
export async function mainAction(page: Page, name: string): Promise<void> {
  await page.getByRole("main").getByRole("button", { name, exact: true }).click();
}
