// Looks at the partner portal with a real Chromium and prints what it saw, one JSON object. Run by test_portal_looks.py, in a
// folder where npm has installed playwright-core and axe-core.
import { chromium } from "playwright-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const asked = JSON.parse(process.argv[2]);
const source = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
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
async function judge(session) {
  await session.send("Runtime.evaluate", { expression: source });
  const { result } = await session.send("Runtime.evaluate", {
    expression: "axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map((v) => "
      + "({ rule: v.id, where: v.nodes.map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) }))))",
    awaitPromise: true,
  });
  return JSON.parse(result.value);
}

async function look(look, link) {
  const seen = { look, complaints: [], strangers: [], pages: {} };
  const { context, page } = await open(look, seen);
  const session = await context.newCDPSession(page);
  const note = async (name) => {
    await page.evaluate(() => document.fonts.ready);
    const file = `${asked.folder}/portal-${look.language}-${look.theme}-${look.width}-${name}.png`;
    await page.screenshot({ path: file, fullPage: true });
    seen.pages[name] = {
      file,
      violations: await judge(session),
      language: await page.getAttribute("html", "lang"),
      overflow: await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      fonts: await page.evaluate(() => [...document.fonts].filter((f) => f.status === "loaded").map((f) => f.family)),
      paint: await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null),
      titles: await page.$$eval("h1", (all) => all.map((one) => one.textContent)),
      keys: await page.evaluate((keys) => keys.filter((key) => document.body.innerText.includes(key)), asked.keys),
    };
  };
  const visit = async (name, path) => {
    const answer = await page.goto(`${asked.url}/portal${path}`);
    await note(name);
    seen.pages[name].status = answer.status();
  };
  await visit("closed", "");
  await page.goto(`${asked.url}${link}`);
  await note("ready");
  await Promise.all([page.waitForURL(`${asked.url}/portal`), page.locator(".door button").press("Enter")]);
  seen.landed = page.url();
  await note("overview");
  await page.keyboard.press("Tab");
  seen.firstFocus = await page.evaluate(() => document.activeElement.className);
  for (const [name, path] of asked.pages) await visit(name, path);
  for (const summary of await page.$$("details:not([open]) > summary")) await summary.click();
  await note("opened");

  // What is under way is followed on request, and no longer.
  await page.goto(`${asked.url}/portal${asked.live}`);
  seen.still = await page.waitForEvent("framenavigated", { timeout: 4000 }).then(() => false, () => true);
  await Promise.all([page.waitForURL((url) => url.search === "?live=1"), page.click("a[href='?live=1']")]);
  seen.follows = await page.waitForEvent("framenavigated", { timeout: 9000 }).then(() => true, () => false);
  await Promise.all([page.waitForURL((url) => url.search === ""), page.click("a[href='?']")]);
  seen.stopped = await page.waitForEvent("framenavigated", { timeout: 4000 }).then(() => false, () => true);

  // Adding an endpoint: what is wrong is told at its field, what was typed is kept, the secret is shown once.
  await page.goto(`${asked.url}/portal/endpoints/new`);
  await page.locator("details.fold > summary").click();
  await note("new");
  await page.fill("#url", "https://10.0.0.1/hooks");
  await page.fill("#description", "Atelier");
  await page.fill("#filter", "{not json");
  await page.keyboard.press("Tab");
  await page.locator("#url").press("Enter"); // by keyboard alone
  await page.waitForSelector("#faults");
  await note("faults");
  seen.faults = await page.evaluate(() => ({
    focus: document.activeElement.id,
    invalid: [...document.querySelectorAll("[aria-invalid]")].map((one) => one.id),
    described: [...document.querySelectorAll("[aria-invalid]")].every((one) => one.getAttribute("aria-describedby").split(" ")
      .every((id) => document.getElementById(id)?.textContent.trim())),
    kept: document.getElementById("description").value,
  }));
  await page.fill("#filter", "");
  await page.locator("#url").press("Enter");
  await page.waitForSelector("#url-fault");
  await note("refused");
  seen.detail = await page.$eval("#url-fault .detail", (one) => [one.textContent, one.lang]);
  await page.fill("#url", `https://partner.example/${look.language}/${look.theme}/${look.width}`);
  await page.locator("#url").press("Enter");
  await page.waitForSelector("#value");
  await note("secret");
  seen.secret = await page.inputValue("#value");
  await page.reload();
  seen.secretAgain = await page.$("#value") !== null;
  seen.made = page.url().replace(/^.*\/portal/, "").replace("/secret", "");
  await visit("delete", `${seen.made}/delete`);
  await page.locator("button.danger").press("Enter");
  await page.waitForSelector("[role=status]");
  await note("deleted");

  await page.goto(`${asked.url}/portal/endpoints/00000000-0000-7000-8000-000000000000`);
  await note("missing");
  await page.locator(".bar-end form button").press("Enter");
  await page.waitForSelector(".door");
  await note("left");
  seen.complaints = seen.complaints.filter((text) => !/status of (403|404|410|422)/.test(text)); // these are meant to be refused
  await context.close();
  return seen;
}

// Everything that can be acted upon is reached with the Tab key alone, and seen to be.
async function walk(link) {
  const seen = { complaints: [], strangers: [] };
  const { context, page } = await open({ language: "en", theme: "light", width: 1280 }, seen);
  await page.goto(`${asked.url}${link}`);
  await Promise.all([page.waitForURL(`${asked.url}/portal`), page.locator(".door button").press("Enter")]);
  const walks = {};
  for (const [name, path] of [["overview", ""], ...asked.pages, ["new", "/endpoints/new"]]) {
    await page.goto(`${asked.url}/portal${path}`);
    const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, "
      + "textarea, summary, pre[tabindex]")].filter((one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })
      && !one.disabled && !(one.type === "radio" && !one.checked)).length);
    const met = new Set();
    let unseen = 0;
    for (let n = 0; n < wanted + 40; n += 1) {
      await page.keyboard.press("Tab");
      const where = await page.evaluate(() => {
        const one = document.activeElement;
        if (one === document.body) return null;
        window.__walked ??= new Map();
        if (!window.__walked.has(one)) window.__walked.set(one, window.__walked.size);
        const style = getComputedStyle(one);
        return [window.__walked.get(one), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
      });
      if (where === null) break;
      met.add(where[0]);
      if (!where[1]) unseen += 1;
    }
    walks[name] = { wanted, met: met.size, unseen };
  }
  await context.close();
  return walks;
}

// A link that was used: what somebody else sees.
async function spent() {
  const seen = { complaints: [], strangers: [] };
  const { context, page } = await open({ language: "fr", theme: "light", width: 390 }, seen);
  const answer = await page.goto(`${asked.url}${asked.links[0]}`);
  const session = await context.newCDPSession(page);
  await page.screenshot({ path: `${asked.folder}/portal-fr-light-390-spent.png`, fullPage: true });
  const found = { status: answer.status(), title: await page.textContent("h1"), violations: await judge(session) };
  await context.close();
  return found;
}

const looks = [];
for (const language of ["en", "fr"]) {
  for (const theme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      if (asked.only && asked.only !== `${language}-${theme}-${width}`) continue;
      looks.push(await look({ language, theme, width }, asked.links[looks.length]));
    }
  }
}
const walks = asked.only ? null : await walk(asked.links[looks.length]);
console.log(JSON.stringify({ looks, walks, spent: await spent() }));
await browser.close();
