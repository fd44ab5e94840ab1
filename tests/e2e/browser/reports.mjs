// The HTML reports in Chromium, opened from disk as a mail attachment is.
// Usage: node reports.mjs CHROMIUM REPORTS_JSON, a list of {name, file, large, names}
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, list] = process.argv.slice(2);
const reports = JSON.parse(readFileSync(list, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const size_limit = 3 * 1024 * 1024;
const sections = ["Timeline", "Why is it this long?", "Memory", "Migration links", "Runbook", "All moves"];

// Root may not use Chromium's sandbox.
const browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });

// A page on which anything that goes wrong, and any request but for itself, fails the test.
async function opened(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", (dialog) => {
    wrong.push(`a dialog says ${dialog.message()}`);
    dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url) wrong.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return { page, wrong, done: async () => {
    assert.deepEqual(wrong, [], "the page stays silent and asks for nothing");
    await context.close();
  } };
}

const data_of = (page) =>
  page.evaluate(() => JSON.parse(document.getElementById("data").textContent));

// Where the bar of a move is on the screen: where it leaves.
async function bar_of(page, data, index) {
  const box = await page.locator("#tl .stage").boundingBox();
  const { layout, moves, lanes } = data;
  const lane = lanes.host.indexOf(moves.from[index]);
  const wide = box.width - layout.label;
  const at = (moves.start_ms[index] + moves.end_ms[index]) / 2;
  return {
    x: box.x + layout.label + (wide * at) / layout.shown_ms,
    y: box.y + layout.top + lane * layout.lane + layout.first_row +
      moves.row_out[index] * layout.row + layout.bar / 2,
  };
}

async function hover_shows_the_vm({ file }) {
  const { page, done } = await opened(file, { viewport: { width: 1280, height: 2400 } });
  const data = await data_of(page);
  // The longest moves: their middles belong to them alone.
  const by_length = data.moves.vm.map((_, index) => index).sort((a, b) =>
    (data.moves.end_ms[b] - data.moves.start_ms[b]) - (data.moves.end_ms[a] - data.moves.start_ms[a]));
  for (const index of by_length.slice(0, 3)) {
    const { x, y } = await bar_of(page, data, index);
    await page.mouse.move(x, y);
    const tip = page.locator("#tip");
    assert.equal(await tip.isVisible(), true);
    assert.equal(await tip.locator("b").innerText(), data.vms.name[data.moves.vm[index]]);
    const text = await tip.innerText();
    assert.match(text, /pause .*sent/);
    assert.ok(text.includes(data.hosts.name[data.moves.to[index]]));
    assert.ok((await page.locator(".stage .mark").count()) >= 2, "its bars are outlined");
  }
  await page.mouse.move(5, 5);
  assert.equal(await page.locator("#tip").isVisible(), false);
  await done();
}

async function filter_counts_the_moves({ file }) {
  const { page, done } = await opened(file);
  const data = await data_of(page);
  const total = data.moves.vm.length;
  const of_vm = (name) => data.moves.vm.filter((vm) => data.vms.name[vm].toLowerCase().includes(name)).length;
  const host = data.moves.from[0];
  const of_host = data.moves.from.filter((from, index) => from === host || data.moves.to[index] === host).length;
  const vm = data.vms.name[data.moves.vm[0]].toLowerCase();
  const said = () => page.locator("#hits").innerText();
  await page.fill("#q", vm);
  assert.equal(await said(), `${of_vm(vm)} of ${total} moves`);
  await page.fill("#q", data.hosts.name[host].toUpperCase());
  assert.equal(await said(), `${of_host} of ${total} moves`);
  await page.fill("#q", "no such thing");
  assert.equal(await said(), `0 of ${total} moves`);
  await page.press("#q", "Escape");
  assert.equal(await said(), "");
  assert.equal(await page.inputValue("#q"), "");
  await done();
}

// The view is drawn once a frame.
const drawn = (page) => page.evaluate(() =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
async function ticks_of(page) {
  await drawn(page);
  return page.locator(".stage .axis text").allInnerTexts();
}

async function keyboard_walks_the_moves({ file }) {
  const { page, done } = await opened(file);
  const data = await data_of(page);
  const names = data.moves.vm.map((vm) => data.vms.name[vm]);
  await page.focus("#tl .stage");
  const told = () => page.locator("#tl .spoken").textContent();
  for (const [key, name] of [["Home", names[0]], ["ArrowRight", names[1]], ["ArrowLeft", names[0]],
    ["End", names.at(-1)]]) {
    await page.keyboard.press(key);
    assert.ok((await told()).startsWith(name), `${key} tells ${name}`);
  }
  await page.keyboard.press("Home");
  const before = await ticks_of(page);
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const zoomed = await ticks_of(page);
  assert.notDeepEqual(zoomed, before, "plus zooms");
  await page.keyboard.press("0");
  assert.deepEqual(await ticks_of(page), before, "0 fits again");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#q"), names[0]);
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#q"), "");
  await done();
}

async function wheel_and_drag_move_the_view({ file }) {
  const { page, done } = await opened(file);
  const labels = () => ticks_of(page);
  const box = await page.locator("#tl .stage").boundingBox();
  await page.evaluate((y) => scrollTo(0, y - 200), box.y);
  const there = await page.locator("#tl .stage").boundingBox();
  await page.mouse.move(there.x + 400, there.y + 120);
  const whole = await labels();
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -600);
  await page.keyboard.up("Control");
  const near = await labels();
  assert.notDeepEqual(near, whole, "control and wheel zoom");
  const shape = async () => {
    await drawn(page);
    return page.locator(".stage .chain").getAttribute("d");
  };
  const was = await shape();
  await page.mouse.down();
  await page.mouse.move(there.x + 250, there.y + 120, { steps: 4 });
  await page.mouse.up();
  assert.notEqual(await shape(), was, "dragging pans");
  await page.click("#fit");
  assert.deepEqual(await labels(), whole, "fit shows the plan");
  await page.click("#chain");
  assert.equal(await page.locator(".stage .chain").isVisible(), false);
  await done();
}

async function nothing_is_wrong_for_axe({ file }) {
  for (const options of [{ colorScheme: "light" }, { colorScheme: "dark" },
    { viewport: { width: 390, height: 844 } }]) {
    // Evaluated as the browser's own, not as the page's: the page's policy holds no other script.
    const { page, done } = await opened(file, options);
    await page.evaluate(() => {
      for (const each of document.querySelectorAll("#s-run details, .losses")) each.open = true;
    });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`);
    assert.deepEqual(told, [], `axe-core with ${JSON.stringify(options)}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `nothing sticks out, ${wide} px`);
    await done();
  }
}

// A phone: the page scrolls down only; what is wider scrolls by itself, inside its frame.
async function a_phone_scrolls_down_only({ file }) {
  const { page, done } = await opened(file, { viewport: { width: 390, height: 844 } });
  const told = await page.evaluate(() => {
    for (const each of document.querySelectorAll("details")) each.open = true;
    const out = (each) => `${each.tagName} ${each.closest("section")?.id} ${each.className}`;
    const edge = (each) => each.getBoundingClientRect().right;
    const tables = [...document.querySelectorAll("table")].filter((each) => each.offsetParent);
    const frames = [...document.querySelectorAll(".scroll, .strip, .frontier")];
    return {
      wide: document.documentElement.scrollWidth - innerWidth,
      tables: tables.length,
      loose: tables.filter((each) => edge(each) > innerWidth && !each.closest(".scroll")).map(out),
      frames: frames.filter((each) => each.offsetParent && edge(each) > innerWidth).map(out),
      closed: frames.filter((each) => each.offsetParent && each.scrollWidth > each.clientWidth &&
        !["auto", "scroll"].includes(getComputedStyle(each).overflowX)).map(out),
    };
  });
  assert.ok(told.tables > 0, "there are tables");
  assert.deepEqual({ ...told, tables: 0 }, { wide: 0, tables: 0, loose: [], frames: [], closed: [] });
  await done();
}

async function no_plan_says_why({ file }) {
  const { page, done } = await opened(file);
  assert.match(await page.locator(".verdict .state").innerText(), /No plan exists/);
  assert.ok((await page.locator("#s-find li, .find li").count()) > 0, "the reasons are listed");
  assert.match(await page.locator("#s-help").innerText(), /--set/);
  assert.ok((await page.locator("#s-room svg").count()) === 1, "every host's room is drawn");
  assert.match(await printed(page), /What would help/);
  await done();
}

async function tight_moments_are_told({ file }) {
  const { page, done } = await opened(file);
  const data = await data_of(page);
  const told = await page.locator("#s-mem .callout").allInnerTexts();
  assert.equal(told.length, 3);
  // The least that a host is left with by an arrival, of all hosts.
  const least = data.lanes.least_free_mib.filter((_, lane) => data.lanes.least_step[lane] !== null);
  const first = data.lanes.least_free_mib.indexOf(Math.min(...least));
  assert.ok(told[0].startsWith(data.hosts.name[data.lanes.host[first]]), told[0]);
  for (const one of told) assert.match(one, /left while .* arrives/);
  await done();
}

async function risk_is_a_histogram({ file }) {
  const { page, done } = await opened(file);
  assert.ok((await page.locator(".frontier .hist").count()) > 3);
  assert.match(await page.locator(".frontier .hist title").first().textContent(), /to .*: \d+ runs?$/);
  await done();
}

// The text on paper.
async function printed(page) {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  return execFileSync("pdftotext", ["-layout", "-", "-"], { input: pdf, maxBuffer: 1 << 28 }).toString();
}

// What A4 landscape has between margins of 10 mm, in pixels of 1/96 inch; 8 points are 10.67.
const paper_width = Math.floor((277 / 25.4) * 96);
async function paper_has_letters_of_8_points({ file }) {
  const { page, done } = await opened(file, { viewport: { width: paper_width, height: 718 } });
  await page.emulateMedia({ media: "print" });
  const { small, seen } = await page.evaluate(() => {
    for (const each of document.querySelectorAll("details:not(.log)")) each.open = true;
    const small = {};
    let seen = 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const holder = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent.trim();
      if (!text || ["SCRIPT", "STYLE", "title"].includes(holder.tagName)) continue;
      if (!holder.checkVisibility() || holder.closest(".spoken")) continue;
      // A drawing is made smaller or larger with its letters.
      const scale = holder.getScreenCTM ? holder.getScreenCTM().a : 1;
      const points = parseFloat(getComputedStyle(holder).fontSize) * scale * 0.75;
      ++seen;
      if (points < 7.95) {
        const section = holder.closest("section, figure")?.className ?? "";
        small[`${section} ${holder.tagName}.${holder.getAttribute("class")} ${points.toFixed(1)}`] ??= text.slice(0, 30);
      }
    }
    return { small, seen };
  });
  assert.ok(seen > 20, "there is something to read");
  assert.deepEqual(small, {});
  await done();
}

async function print_has_everything({ name, file }) {
  const { page, done } = await opened(file);
  const data = await data_of(page);
  const text = await printed(page);
  for (const heading of sections) assert.ok(text.includes(heading), `${heading} is printed`);
  // What is folded on the screen: commands, and the last of the moves.
  assert.ok(text.includes("xe vm-migrate"), "the commands are printed");
  const ticks = text.split("☐").length - 1;
  assert.ok(ticks >= data.moves.vm.length, `${ticks} lines to tick for ${data.moves.vm.length} moves`);
  const pages = text.split("\f").length - 1;
  console.log(`${name}: ${pages} pages`);
  assert.ok(text.includes(`${data.moves.vm.length}`));
  for (const lane of data.lanes.host) {
    assert.ok(text.includes(data.hosts.name[lane]), `${data.hosts.name[lane]} is printed`);
  }
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#tl .stage").isVisible(), false);
  assert.equal(await page.locator("#tl .static svg").first().isVisible(), true, "bars are vectors");
  await done();
}

async function without_script_it_reads({ file }) {
  const { page, done } = await opened(file, { javaScriptEnabled: false });
  assert.equal(await page.locator("#tl .static svg").first().isVisible(), true);
  assert.equal(await page.locator(".copy").first().isVisible(), false, "no button that does nothing");
  await done();
}

async function ticks_and_sorting({ file }) {
  const { page, done } = await opened(file);
  await page.check("#step-1");
  await page.reload();
  assert.equal(await page.isChecked("#step-1"), true, "ticks stay");
  await page.click("#moves summary");
  const pause = page.locator("#all thead th", { hasText: "pause" });
  await pause.locator("button").click();
  assert.equal(await pause.getAttribute("aria-sort"), "ascending");
  const pauses = await page.evaluate(() =>
    [...document.querySelectorAll("#all tbody tr")].map((row) => Number(row.cells[7].dataset.v)));
  assert.deepEqual(pauses, [...pauses].sort((a, b) => a - b));
  await page.click("#theme");
  assert.equal(await page.getAttribute("html", "data-theme"), "light");
  await done();
}

async function names_stay_text({ file, names }) {
  const { page, done } = await opened(file);
  const text = await page.evaluate(() => document.body.textContent);
  for (const name of names) assert.ok(text.includes(name), `${name} stands there as it is`);
  assert.equal(await page.locator("img").count(), 0);
  await page.focus("#tl .stage");
  await page.keyboard.press("Home");
  assert.ok(names.some((name) => text.includes(name)));
  await done();
}

async function size_and_paint({ name, file }) {
  const { page, done } = await opened(file);
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
  const size = statSync(file).size;
  console.log(`${name}: ${(size / 1024 / 1024).toFixed(2)} MiB, first paint after ${Math.round(paint)} ms`);
  assert.ok(size <= size_limit, `${size} bytes are at most ${size_limit}`);
  await done();
}

// Frames while the view moves; told, not judged, since machines differ.
async function frames_are_told({ name, file }) {
  const { page, done } = await opened(file);
  await page.focus("#tl .stage");
  await page.evaluate(() => {
    globalThis.frames_seen = [];
    let last = performance.now();
    const next = (now) => {
      globalThis.frames_seen.push(now - last);
      last = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  for (let i = 0; i < 24; ++i) await page.keyboard.press(i % 4 < 2 ? "+" : "-");
  const frames = (await page.evaluate(() => globalThis.frames_seen)).sort((a, b) => a - b);
  console.log(`${name}: frames while zooming, median ${frames[frames.length >> 1].toFixed(1)} ms, ` +
    `95th percentile ${frames[Math.floor(frames.length * 0.95)].toFixed(1)} ms`);
  await done();
}

async function a_run_says_how_it_went({ file, state }) {
  const { page, done } = await opened(file, { viewport: { width: 1280, height: 2400 } });
  const data = await data_of(page);
  assert.equal(data.run.standing, state);
  assert.ok((await page.locator(".verdict .state").innerText()).includes(state));
  // The journal refuses one move and no more.
  const refused = data.moves.fate.indexOf("failed");
  assert.equal(data.moves.fate.filter((fate) => fate === "failed").length, 1);
  const { x, y } = await bar_of(page, data, refused);
  await page.mouse.move(x, y);
  const tip = page.locator("#tip");
  assert.equal(await tip.locator("b").innerText(), data.vms.name[data.moves.vm[refused]]);
  assert.match(await tip.innerText(), /✕ failed/);
  assert.ok((await page.locator(".stage .plan-down").count()) > 0, "the plan is drawn below");
  await page.click("#s-log summary");
  assert.ok((await page.locator("#s-log tbody").innerText()).includes("<i>NETWORK</i>"));
  await done();
}

async function hosts_sort({ file }) {
  const { page, done } = await opened(file);
  const moves = page.locator("#turns thead th", { hasText: "moves out" });
  await moves.locator("button").click();
  const values = await page.evaluate(() =>
    [...document.querySelectorAll("#turns tbody tr")].map((row) => Number(row.cells[8].dataset.v)));
  assert.ok(values.length > 0);
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
  await done();
}

async function run_prints({ file }) {
  const { page, done } = await opened(file);
  const text = await printed(page);
  for (const heading of ["Timeline", "Hosts, planned and real", "Memory", "Runbook", "All moves"]) {
    assert.ok(text.includes(heading), `${heading} is printed`);
  }
  assert.ok(!text.includes("commanded"), "the journal is not");
  await done();
}

async function study_sorts({ file }) {
  const { page, done } = await opened(file);
  const heading = page.locator("#t-compare thead th", { hasText: "P50" });
  for (const [order, sign] of [["ascending", 1], ["descending", -1]]) {
    await heading.locator("button").click();
    assert.equal(await heading.getAttribute("aria-sort"), order);
    const values = await page.evaluate(() => {
      const at = [...document.querySelectorAll("#t-compare th")].findIndex((each) => each.textContent === "P50");
      return [...document.querySelectorAll("#t-compare tbody tr")].map((row) => Number(row.cells[at].dataset.v));
    });
    assert.deepEqual(values, [...values].sort((a, b) => sign * (a - b)));
  }
  await done();
}

async function cells_link_to_their_rows({ file, maps }) {
  const { page, done } = await opened(file);
  assert.equal(await page.locator("figure.map").count(), maps);
  const links = page.locator(".heat a");
  assert.ok((await links.count()) > 0);
  const targets = await links.evaluateAll((all) => all.map((each) => each.getAttribute("href").slice(1)));
  for (const id of targets) assert.equal(await page.locator(`[id="${id}"]`).count(), 1, id);
  await links.first().click();
  assert.equal(await page.locator(`[id="${targets[0]}"]`).isVisible(), true, "what is folded opens");
  await done();
}

async function study_prints({ file }) {
  const { page, done } = await opened(file);
  assert.match(await printed(page), /Comparison/);
  await done();
}

let failed = 0;
async function run(test, report) {
  try {
    await test(report);
    console.log(`ok      ${report.name} ${test.name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${report.name} ${test.name}\n${error.stack}`);
  }
}

for (const report of reports) {
  await run(size_and_paint, report);
  await run(paper_has_letters_of_8_points, report);
  if (report.names) {
    await run(names_stay_text, report);
    await run(nothing_is_wrong_for_axe, report);
    continue;
  }
  if (report.kind === "curves") {
    for (const test of [a_phone_scrolls_down_only, nothing_is_wrong_for_axe]) await run(test, report);
    continue;
  }
  if (report.kind === "no plan") {
    for (const test of [no_plan_says_why, a_phone_scrolls_down_only, nothing_is_wrong_for_axe]) {
      await run(test, report);
    }
    continue;
  }
  if (report.kind === "study") {
    if (report.risk) await run(risk_is_a_histogram, report);
    for (const test of [a_phone_scrolls_down_only, study_sorts, cells_link_to_their_rows, study_prints, nothing_is_wrong_for_axe]) {
      await run(test, report);
    }
    continue;
  }
  if (report.kind === "run") {
    for (const test of [a_phone_scrolls_down_only, a_run_says_how_it_went, filter_counts_the_moves, hosts_sort, run_prints,
      without_script_it_reads, nothing_is_wrong_for_axe]) {
      await run(test, report);
    }
    continue;
  }
  for (const test of [a_phone_scrolls_down_only, tight_moments_are_told, hover_shows_the_vm, filter_counts_the_moves, keyboard_walks_the_moves,
    wheel_and_drag_move_the_view, nothing_is_wrong_for_axe, print_has_everything,
    without_script_it_reads, ticks_and_sorting, frames_are_told]) {
    await run(test, report);
  }
}
await browser.close();
process.exitCode = failed === 0 ? 0 : 1;
