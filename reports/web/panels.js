// Memory and links: one time through all of them, with what each host holds then.
import { memory_text, rate_text } from "./data.js";

const svg_space = "http://www.w3.org/2000/svg";

// The three numbers of a flat table that hold at `time`.
function point_at(flat, time) {
  let low = 0;
  let high = flat.length / 3;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (flat[3 * middle] <= time) low = middle; else high = middle;
  }
  return flat.slice(3 * low, 3 * low + 3);
}

export function create_panels(data) {
  const begins = Math.min(0, data.begins_ms);
  const lasts = Math.max(1, data.ends_ms - begins);
  const panels = [...document.querySelectorAll("figure.mem, .lk .plot")].map((element) => {
    const svg = element.querySelector("svg");
    const cursor = svg.appendChild(document.createElementNS(svg_space, "line"));
    const { width, height } = svg.viewBox.baseVal;
    cursor.setAttribute("class", "cursor");
    cursor.setAttribute("y1", 0);
    cursor.setAttribute("y2", height);
    cursor.style.display = "none";
    const said = element.querySelector(".ro") ?? element.parentElement.querySelector("small");
    const is_memory = element.classList.contains("mem");
    return { svg, cursor, width, said, usual: said.textContent, is_memory, host: Number(element.dataset.host) };
  });

  function reading(panel, time) {
    const index = data.lane_of.get(panel.host);
    const lane = data.lane_rows[index];
    const at = data.clock(time);
    if (lane.down_ms !== null && time >= lane.down_ms && time < lane.back_ms) return `${at} down`;
    if (panel.is_memory) {
      const [, used, capacity] = point_at(data.memory[index], time);
      return `${at} ${memory_text(capacity - used)} free of ${memory_text(capacity)}`;
    }
    const [, sends, receives] = point_at(data.links[index], time);
    return sends || receives ? `↑${rate_text(sends)} ↓${rate_text(receives)}` : "idle";
  }

  function show(time) {
    for (const panel of panels) {
      panel.cursor.style.display = time === null ? "none" : "";
      panel.said.textContent = time === null ? panel.usual : reading(panel, time);
      if (time === null) continue;
      const x = (panel.width * (time - begins)) / lasts;
      panel.cursor.setAttribute("x1", x);
      panel.cursor.setAttribute("x2", x);
    }
  }

  let elsewhere = () => {};
  for (const panel of panels) {
    panel.svg.addEventListener("pointermove", (event) => {
      const box = panel.svg.getBoundingClientRect();
      const time = begins + ((event.clientX - box.left) / box.width) * lasts;
      show(time);
      elsewhere(time);
    });
    panel.svg.addEventListener("pointerleave", () => {
      show(null);
      elsewhere(null);
    });
  }
  return { show, on_time: (listener) => { elsewhere = listener; } };
}
