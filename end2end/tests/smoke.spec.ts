import { expect, test } from "../support/fixtures";

test("home answers with a heading", async ({ page }) => {
  const response = await page.goto("/");
  expect(response?.status()).toBe(200);
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("the server says that it is alive and ready", async ({ request }) => {
  test.skip(Boolean(process.env.E2E_CLUSTER), "a director keeps these to itself");
  expect((await request.get("/livez")).status()).toBe(200);
  expect((await request.get("/readyz")).status()).toBe(200);
});
