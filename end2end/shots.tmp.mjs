import { chromium } from "@playwright/test";
const B = "http://127.0.0.1:8391";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const only = process.argv[2];
const views = { desk: { viewport: { width: 1280, height: 800 } }, phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } };
for (const [name, view] of Object.entries(views)) for (const scheme of ["light", "dark"]) {
  const context = await browser.newContext({ ...view, colorScheme: scheme, baseURL: B, locale: "en-GB" });
  await context.request.post("/api/v1/session", { data: { email: "admin@example.org", password: "correct horse admin" }, headers: { Origin: B } });
  const search = async (q) => (await (await context.request.get(`/api/v1/search?q=${q}&limit=1`)).json()).movies[0];
  const film = await search("fargo");
  for (const [q, stars] of [["fargo", 4], ["alien+1979", 4.5], ["alien+1979", 3]]) await context.request.put(`/api/v1/movies/${(await search(q)).id}/rating`, { data: { stars }, headers: { Origin: B } });
  const change = (await (await context.request.get("/api/v1/me/changes")).json()).changes;
  const me = (await (await context.request.get("/api/v1/me")).json()).id;
  const pages = { data: "/account/data", changes: "/account/changes", tokens: "/account/tokens", privacy: "/privacy", edit: `/edit/${film.id}`, fhist: `/edit/${film.id}/history`, admin: "/admin", hist: "/admin/history", set: `/admin/history/${change[0].id}`, plan: `/admin/revert?by=change&of=${change[1].id}`, people: "/admin/people", person: `/admin/people/${me}`, film: `/film/${film.id}`, refused: "/edit/nothing" };
  for (const [shot, path] of Object.entries(pages)) {
    if (only && !only.split(",").includes(shot)) continue;
    const page = await context.newPage();
    page.on("console", (m) => m.type() === "error" && console.log(shot, m.text()));
    page.on("pageerror", (e) => console.log(shot, String(e)));
    await page.goto(path); await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/acc_shots/${shot}-${name}-${scheme}.png`, fullPage: true });
    await page.close();
  }
  await context.close();
}
await browser.close();
