// A person at the phones' page: sees who asks and the text, types the PIN, cancels, walks out of coverage.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [sinetti, data, shots] = process.argv.slice(2);
const demo = JSON.parse(readFileSync(`${data}/demo.json`));
const [aino, onni] = demo.subscribers;
let passed = 0;

function check(what, right) {
  if (!right) { console.error(`page: ${what}: FAILED`); process.exit(1); }
  passed += 1;
  console.log(`page: ${what}: ok`);
}

function sign(person, text, ...more) {
  const child = spawn(sinetti, ["sign", "--demo", data, person.msisdn, text, ...more]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (octets) => { said += octets; });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const problems = [];
page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
page.on("pageerror", (error) => problems.push(String(error)));

await page.goto(demo.page_url, { waitUntil: "domcontentloaded" });
check("the token leaves the address bar", !page.url().includes("token"));
const phone = (person) => page.locator(`section[aria-label="Phone ${person.msisdn}"]`);
await phone(aino).waitFor();
check("every phone is there", (await page.locator("section.phone").count()) === demo.subscribers.length);

let asking = sign(aino, "Maksa 12 € kaupalle Demo Shop?", "--displayed", "Tilaus 4711");
await phone(aino).locator(".ok").waitFor({ state: "visible" });
check("the text is shown", (await phone(aino).locator(".text").textContent()) === "Maksa 12 € kaupalle Demo Shop?");
check("who asks is shown", (await phone(aino).locator(".title").textContent()).startsWith("Demo Shop"));
check("the line above is shown", (await phone(aino).locator(".headline").textContent()) === "Tilaus 4711");
await page.screenshot({ path: `${shots}/phones-desktop.png` });
await page.setViewportSize({ width: 390, height: 844 });
await page.screenshot({ path: `${shots}/phones-narrow.png` });
check("nothing is wider than the phone", await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
await page.setViewportSize({ width: 1280, height: 900 });

await phone(aino).locator(".pin").fill("0000000");
await phone(aino).locator(".ok").click();
await phone(aino).getByText("Wrong PIN.").waitFor();
check("tries are counted", (await phone(aino).locator(".first span").textContent()).includes("4 tries"));
await phone(aino).locator(".pin").fill(aino.pin);
await phone(aino).locator(".pin").press("Enter");
await phone(aino).getByText("Signed.").waitFor();
check("the AP has the signature", (await asking).code === 0);

asking = sign(onni, "Buy an elephant?");
await phone(onni).locator(".cancel").waitFor({ state: "visible" });
await phone(onni).locator(".cancel").click();
await phone(onni).getByText("Cancelled.").waitFor();
check("the AP hears of the refusal", (await asking).said.includes("401"));

await phone(onni).locator(".coverage").click();
await phone(onni).getByText("No coverage: messages wait.").waitFor();
asking = sign(onni, "Later?");
await page.waitForTimeout(500);
check("without coverage nothing is asked", !(await phone(onni).locator(".ok").isVisible()));
await phone(onni).locator(".coverage").click();
await phone(onni).locator(".ok").waitFor({ state: "visible" });
await phone(onni).locator(".pin").fill(onni.pin);
await phone(onni).locator(".ok").click();
check("back in coverage it is signed", (await asking).code === 0);
check("no errors in the browser", problems.length === 0 || (console.error(problems), false));
await browser.close();
console.log(`${passed} passed, 0 failed`);
