// What the page does once it is open: the timeline that zooms, one cursor through all panels,
// filter, keyboard, runbook ticks, sorting. Without it the page reads and prints all the same.
import { create_timeline } from "./timeline.js";
import { create_panels } from "./panels.js";
import { create_runbook, create_tables } from "./runbook.js";
import { read_data } from "./data.js";

const root = document.documentElement;
root.classList.add("live");
// A study has no timeline.
let redraw = () => {};
if (document.getElementById("tl")) {
  const data = read_data(JSON.parse(document.getElementById("data").textContent));
  const panels = create_panels(data);
  const timeline = create_timeline(data, document.getElementById("tl"), {
    on_time: (time) => panels.show(time),
  });
  panels.on_time((time) => timeline.show_time(time));
  redraw = timeline.draw;
  create_runbook(data);
}
create_tables();

const themes = ["auto", "light", "dark"];
const button = document.getElementById("theme");
button.addEventListener("click", () => {
  root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
  button.textContent = `theme: ${root.dataset.theme}`;
  redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());

// What is folded opens when a link leads into it.
for (const link of document.querySelectorAll('a[href^="#loss-"]')) {
  link.addEventListener("click", () => {
    document.getElementById(link.hash.slice(1)).closest("details").open = true;
  });
}

// Paper shows everything; what was folded is folded again afterwards.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open]):not(.log)")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of folded) each.open = false;
});
