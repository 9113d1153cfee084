// What the tests share: people who exist only for one test, and the accessibility check.
import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, expect, type Page, test as base } from "@playwright/test";
import { randomUUID } from "node:crypto";

export interface Person {
  name: string;
  email: string;
  password: string;
}

interface Fixtures {
  /** Makes up a person with an account, by the API; nobody is signed in afterwards. */
  signUp: () => Promise<Person>;
  /** A new person, signed in in this test's browser. */
  person: Person;
  /** Fails with what axe finds on the page as it is now, by all of its rules or by those named. The test goes on. */
  expectAccessible: (page: Page, rules?: string[]) => Promise<void>;
}

/** A person whom no other test knows. */
export function newPerson(): Person {
  const id = randomUUID().slice(0, 8);
  return { name: `Robin ${id}`, email: `robin-${id}@example.org`, password: `correct horse ${id}` };
}

/** State changes must come from the site itself; a browser says so by this header. */
export function sameOrigin(baseURL: string | undefined): Record<string, string> {
  if (!baseURL) throw new Error("no server is running for these tests");
  return { Origin: baseURL };
}

/** Creates the account; afterwards `request` holds whatever session the server began, if it began one. */
export async function createAccount(request: APIRequestContext, baseURL: string | undefined, person: Person): Promise<void> {
  const { name, email, password } = person;
  const response = await request.post("/api/v1/accounts", { data: { name, email, password }, headers: sameOrigin(baseURL) });
  expect(response.ok(), `POST /api/v1/accounts: ${response.status()} ${await response.text()}`).toBe(true);
}

/** Signs in through the API: the cookie lands in the browser context that `request` belongs to. */
export async function signIn(request: APIRequestContext, baseURL: string | undefined, person: Person): Promise<void> {
  const { email, password } = person;
  const response = await request.post("/api/v1/session", { data: { email, password }, headers: sameOrigin(baseURL) });
  expect(response.ok(), `POST /api/v1/session: ${response.status()} ${await response.text()}`).toBe(true);
}

export const test = base.extend<Fixtures>({
  signUp: async ({ playwright, baseURL }, use) => {
    const request = await playwright.request.newContext({ baseURL });
    await use(async () => {
      const person = newPerson();
      await createAccount(request, baseURL, person);
      return person;
    });
    await request.dispose();
  },

  person: async ({ context, signUp, baseURL }, use) => {
    const person = await signUp();
    await signIn(context.request, baseURL, person);
    await use(person);
  },

  expectAccessible: async ({}, use) => {
    await use(async (page, rules) => {
      // What passes is not looked at, and collecting it takes a third of the time.
      const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
      const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
      const found = violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target).join("; ")})`);
      expect.soft(found).toEqual([]);
    });
  },
});

export { expect };
