// Looks at the hub's pages with a real Chromium and prints what it saw, one JSON object. Run by test_looks.py, in a folder
// where npm has installed playwright-core and axe-core.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";

const asked = JSON.parse(process.argv[2]);
const axe = createRequire(import.meta.url).resolve("axe-core");
const browser = await chromium.launch({
  executablePath: asked.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open(look, seen) {
  const context = await browser.newContext({
    locale: look.language, colorScheme: look.theme, reducedMotion: "reduce", viewport: { width: look.width, height: 900 },
  });
  const page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.complaints.push(message.text()));
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => new URL(request.url()).origin !== asked.url && !request.url().startsWith("data:")
    && seen.strangers.push(request.url()));
  return { context, page };
}

// A page's policy stops scripts, axe too: it comes in through the debugger, which no policy binds.
async function judge(page, session) {
  const source = (await import("node:fs")).readFileSync(axe, "utf8");
  await session.send("Runtime.evaluate", { expression: source });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map((v) => "
      + "({ rule: v.id, where: v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')) }))))",
    awaitPromise: true,
  });
  return JSON.parse(result.value);
}

async function look(look) {
  const seen = { look, complaints: [], strangers: [], pages: {} };
  const { context, page } = await open(look, seen);
  const session = await context.newCDPSession(page);
  const note = async (name) => {
    await page.evaluate(() => document.fonts.ready);
    const file = `${asked.folder}/${look.language}-${look.theme}-${look.width}-${name}.png`;
    await page.screenshot({ path: file, fullPage: true });
    seen.pages[name] = {
      file,
      violations: await judge(page, session),
      language: await page.getAttribute("html", "lang"),
      overflow: await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      fonts: await page.evaluate(() => [...document.fonts].filter((f) => f.status === "loaded").map((f) => f.family)),
      paint: await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null),
    };
  };
  await page.goto(`${asked.url}/sign-in`);
  await note("sign-in");
  await page.keyboard.press("Tab");
  seen.firstFocus = await page.evaluate(() => document.activeElement.className);
  await page.fill("#key", asked.key);
  await page.keyboard.press("Enter"); // by keyboard alone
  await page.waitForURL(`${asked.url}/`);
  await note("overview");
  for (const summary of await page.$$("summary")) {
    await summary.focus();
    await page.keyboard.press("Enter");
  }
  seen.opened = await page.$$eval("details", (all) => all.every((one) => one.open));
  await note("opened");
  for (const name of ["runs", "quarantine"]) {
    await page.goto(`${asked.url}/${name}`);
    await note(name);
  }
  await page.goto(`${asked.url}/shops/00000000-0000-7000-8000-000000000000`);
  await note("missing");
  seen.complaints = seen.complaints.filter((text) => !text.includes("status of 404")); // that page is meant to be missing
  await context.close();
  return seen;
}

async function docs() {
  const seen = { complaints: [], strangers: [] };
  const { context, page } = await open({ language: "en", theme: "light", width: 1280 }, seen);
  await page.goto(`${asked.url}/docs`);
  await page.waitForSelector(".opblock", { timeout: 15000 });
  seen.operations = await page.$$eval(".opblock", (all) => all.length);
  await page.screenshot({ path: `${asked.folder}/docs.png` });
  await context.close();
  return seen;
}

const looks = [];
for (const language of ["en", "fr"]) {
  for (const theme of ["light", "dark"]) {
    for (const width of [1280, 390]) looks.push(await look({ language, theme, width }));
  }
}
console.log(JSON.stringify({ looks, docs: await docs() }));
await browser.close();
