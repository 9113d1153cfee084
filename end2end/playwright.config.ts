// Three ways to visit: a desktop browser, a phone, and a browser without JavaScript.
//
// Tags choose where a test runs: `@js` needs JavaScript, so `no-js` leaves it out; `@desktop` and `@phone` run only there;
// `@no-js` runs only without JavaScript. A test without a tag runs in all three.
import { defineConfig } from "@playwright/test";

const chromium = {
  executablePath: process.env.MATINEE_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  globalSetup: "./support/server.ts",
  fullyParallel: true,
  // Two cores: one for the server, one for the browsers; a second worker fills the waits.
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  // Patience, not a bar: a test that hangs ends. What is slow is shown by benchmarks; on two shared cores the longest tests
  // take 20 s on a good day.
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["./support/counts.ts"]],
  use: {
    // Set by the global setup, which starts the server on a free port.
    baseURL: process.env.E2E_BASE_URL,
    browserName: "chromium",
    launchOptions: chromium,
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
  },
  projects: [
    {
      name: "desktop",
      grepInvert: /@phone|@no-js/,
      use: { viewport: { width: 1280, height: 800 } },
    },
    {
      name: "phone",
      grepInvert: /@desktop|@no-js/,
      use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    },
    {
      name: "no-js",
      grepInvert: /@desktop|@phone|@js/,
      use: { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false },
    },
  ],
});
