// Installed as an app: the manifest with its icons, and the page that is shown without a network.
import { expect, test } from "../support/fixtures";

test("the manifest is linked, and its icons load @js @desktop", async ({ page, request }) => {
  await page.goto("/offline");
  const href = await page.locator('link[rel="manifest"]').getAttribute("href");
  const response = await request.get(href ?? "");
  expect(response.ok()).toBe(true);
  const manifest = await response.json();
  expect(manifest).toMatchObject({ name: "Matinee", display: "standalone", start_url: "/" });

  // What browsers ask for before they offer to install: 192 and 512 pixels, and one that may be cut to any shape.
  const icons: { src: string; sizes: string; type: string; purpose: string }[] = manifest.icons;
  expect(icons.map((icon) => icon.sizes)).toEqual(expect.arrayContaining(["192x192", "512x512"]));
  expect(icons.some((icon) => icon.purpose.includes("maskable"))).toBe(true);
  for (const { src, sizes, type } of icons) {
    const icon = await request.get(src);
    expect(icon.ok(), src).toBe(true);
    expect(icon.headers()["content-type"], src).toContain(type);
    if (sizes === "any") continue;
    const width = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    expect(width, src).toBe(sizes);
  }
});

test("without a network every page is the offline page, and comes back with the network @js @desktop", async ({ page, context }) => {
  await page.goto("/");
  // Active, with what it needs already kept, and in charge of this page.
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
  await context.setOffline(true);
  await page.goto("/search?q=alien");
  await expect(page.getByRole("heading", { level: 1, name: "You are offline" })).toBeVisible();
  // Its style sheet is kept, too: the bar is laid out.
  await expect(page.getByRole("banner")).toHaveCSS("display", /flex|grid/);

  await context.setOffline(false);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "alien" })).toBeVisible();
});
