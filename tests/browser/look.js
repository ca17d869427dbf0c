// Copyright: (c) 2026, keysmith.jwt contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Looks at the report in Chromium: node look.js MODULES CHROMIUM FOLDER, where FOLDER holds small.html, hostile.html and
// large.html. Prints what is wrong, one line each, and how long the large page takes; writes report.png into FOLDER.

"use strict";
const [modules, chromium, folder] = process.argv.slice(2);
const fs = require("node:fs");
const puppeteer = require(`${modules}/puppeteer-core`);
const axe = fs.readFileSync(`${modules}/axe-core/axe.min.js`, "utf-8");
let failures = 0;

const check = (is, what) => {
  if (is) return;
  failures += 1;
  console.log(`wrong: ${what}`);
};
const column = (page, number) =>
  page.$$eval(`#keys tbody tr:not([hidden]) td:nth-child(${number})`, (cells) => cells.map((cell) => cell.textContent.trim()));

// A page with what it complains about and asks the network for.
const open = async (browser, name, { width = 1280, dark = false, script = true } = {}) => {
  const page = await browser.newPage();
  page.wrong = [];
  page.on("console", (message) => page.wrong.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => page.wrong.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:///")) page.wrong.push(`request: ${request.url()}`);
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(`file://${folder}/${name}.html`);
  return page;
};

const accessibility = async (page, what) => {
  // The page allows no script but its own; this one comes through the debugger, which is not asked.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  check(found.passes.length > 10, `${what}: axe looked at nothing`);
  for (const one of found.violations) {
    check(false, `${what}: axe: ${one.id}: ${one.help} (${one.nodes.map((node) => node.html.slice(0, 80)).join(" | ")})`);
  }
};

const looks = async (browser) => {
  for (const [width, dark] of [[1280, false], [1280, true], [768, false], [400, true]]) {
    const what = `${width} pixels, ${dark ? "dark" : "light"}`;
    const page = await open(browser, "small", { width, dark });
    await accessibility(page, what);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(wide <= 0, `${what}: the page is ${wide} pixels wider than the window`);
    // What is cut off makes no page wider; in a narrow window, no table can be scrolled to it either.
    const cut = await page.$$eval("td", (cells) => cells.filter((cell) => cell.getBoundingClientRect().right > window.innerWidth).length);
    check(width > 400 || cut === 0, `${what}: ${cut} cells are cut off`);
    check(page.wrong.length === 0, `${what}: ${page.wrong.join("; ")}`);
    await page.close();
  }
};

const works = async (browser) => {
  const page = await open(browser, "small");
  const all = await column(page, 3);
  const byName = [...all].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  // With the keyboard alone.
  await page.focus("#keys th:nth-child(3) button");
  await page.keyboard.press("Enter");
  check(JSON.stringify(await column(page, 3)) === JSON.stringify(byName), "not sorted by version, v2 before v10");
  await page.keyboard.press("Enter");
  check(JSON.stringify(await column(page, 3)) === JSON.stringify(byName.reverse()), "not sorted the other way");
  const sorted = await page.$eval("#keys th:nth-child(3)", (header) => header.getAttribute("aria-sort"));
  check(sorted === "descending", `aria-sort is ${sorted}`);
  await page.type("#search", "APP00005");
  await page.waitForFunction(() => document.querySelector("output").textContent.startsWith("1 of"));
  check((await column(page, 1)).every((host) => host.startsWith("app00005")), "the search shows something else");
  await page.$eval("#search", (input) => { input.value = ""; input.dispatchEvent(new Event("input")); });
  await page.click("#only");
  await page.waitForFunction((count) => !document.querySelector("output").textContent.startsWith(`${count} `), {}, all.length);
  const bad = await column(page, 10);
  check(bad.length > 0 && bad.every(Boolean), "keys are shown that need nothing");
  check(page.wrong.length === 0, page.wrong.join("; "));
  await page.close();
};

const isReadWithoutScript = async (browser) => {
  const page = await open(browser, "small", { script: false });
  const text = await page.evaluate(() => [document.querySelector("#verdict").textContent, document.querySelector("#keys").textContent, document.querySelectorAll("input, button").length]);
  check(text[0].length > 10 && text[1].includes("app00003") && text[2] === 0, "the page cannot be read without its script");
  await page.close();
};

const isNotTakenOver = async (browser) => {
  const page = await open(browser, "hostile");
  const ran = await page.evaluate(() => [window.hostile, document.querySelectorAll("img, iframe, script").length]);
  check(ran[0] == null && ran[1] === 1 && page.wrong.length === 0, `what a host says is markup: ${ran} ${page.wrong}`);
  await page.close();
};

const opens = async (browser) => {
  const begun = performance.now();
  const page = await open(browser, "large");
  await page.waitForSelector("output");
  console.log(`the large page opens in ${Math.round(performance.now() - begun)} ms`);
  check((await page.$eval("output", (output) => output.textContent)).startsWith("10000 of 10000"), "the large page");
  await page.close();
};

(async () => {
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    for (const test of [looks, works, isReadWithoutScript, isNotTakenOver, opens]) await test(browser);
    const page = await open(browser, "small", { width: 1280 });
    await page.screenshot({ path: `${folder}/report.png` });
  } finally {
    await browser.close();
  }
  process.exitCode = failures ? 1 : 0;
})();
