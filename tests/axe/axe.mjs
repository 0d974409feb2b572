// Open pages in Chromium, run axe-core on each at several widths and schemes, and print what it found as JSON.
// The Tab key is tried as well. Usage: node axe.mjs CHROMIUM URL...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [chromium, ...urls] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox"] });
const found = [];
for (const url of urls) {
  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    for (const width of [390, 1280]) {
      await page.setViewport({ width, height: 900 });
      await page.goto(url, { waitUntil: "load" });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      for (const { id, help, nodes } of violations)
        found.push({ url, scheme, width, id, help, where: nodes.map((node) => node.html).slice(0, 5) });
      if (overflow) found.push({ url, scheme, width, id: "overflow", help: "The page scrolls sideways", where: [] });
    }
  }
  // from the top with the keyboard: what has the focus must be there to be seen
  await page.goto(url, { waitUntil: "load" });
  for (let step = 0; step < 25; step++) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      // a radio button or a check box may leave its looks to its label
      const seen = element.matches("[type=radio], [type=checkbox]") ? element.nextElementSibling : element;
      const { width, height } = seen.getBoundingClientRect();
      const { outlineStyle, boxShadow } = getComputedStyle(seen);
      const marked = outlineStyle !== "none" || boxShadow !== "none" || seen.matches("[type=text]");
      return width && height && marked ? null : element.outerHTML.slice(0, 200);
    });
    if (hidden) found.push({ url, id: "focus", help: "The focus cannot be seen", where: [hidden] });
  }
  for (const error of errors) found.push({ url, id: "console", help: error, where: [] });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
