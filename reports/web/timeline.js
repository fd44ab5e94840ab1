// The timeline: hosts as lanes, moves as bars; zoom, pan, hover, filter, keyboard.
import { bisector } from "d3-array";
import { axisTop } from "d3-axis";
import { scaleLinear } from "d3-scale";
import { pointer, select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";
import { move_lines } from "./data.js";

const bars_as_elements = 400; // more are drawn on a canvas
const steps_in_minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 5760];
const by_start = bisector((move) => move.start_ms).left;

// Whole minutes, quarters or hours of the operator's clock.
function ticks_of(data, [from, to], most) {
  const minutes = (to - from) / 60000;
  const step = steps_in_minutes.find((each) => minutes / each <= most) ?? 11520;
  const offset = data.clock_start_minutes ?? 0;
  const ticks = [];
  for (let at = Math.ceil((from / 60000 + offset) / step) * step; at - offset <= to / 60000; at += step) {
    ticks.push((at - offset) * 60000);
  }
  return ticks;
}

// Of another day than the first step's only the first tick says so.
function tick_text(clock) {
  let day;
  return (at) => {
    const [text, of_day] = clock(at).split(" ");
    const same = of_day === day;
    day = of_day;
    return same || !of_day ? text : `${text} ${of_day}`;
  };
}

// When the plan ends, where the run is, and where it took a new plan.
function run_marks(data) {
  const { run, layout } = data;
  const over = run.standing === "done";
  const word = { done: "done", stopped: "stopped" }[run.standing] ?? "now";
  return [
    { at: run.plans.at(-1).ends_ms, style: "mark-plan", text: "plan ends", y: layout.top + 14 },
    { at: over ? data.ends_ms : run.now_ms, style: "mark-now", text: word, y: layout.top + 54 },
    ...run.plans.slice(1).map((plan) =>
      ({ at: plan.at_ms, style: "mark-wizard", text: "new plan", y: layout.top + 74 })),
  ];
}

export function create_timeline(data, box, { on_time }) {
  const layout = data.layout;
  const lanes = data.lane_rows;
  const moves = data.move_rows;
  const longest = moves.reduce((most, move) => Math.max(most, move.end_ms - move.start_ms), 0);
  const bottom = layout.top + lanes.length * layout.lane;
  const height = bottom + (data.wizard ? 50 : 4);
  const on_canvas = moves.length > bars_as_elements;
  // By lane, as they begin: what leaves and what arrives.
  const of_lane = lanes.map(() => []);
  for (const move of moves) {
    of_lane[data.lane_of.get(move.from)].push({ move, leaves: true, start_ms: move.start_ms });
    of_lane[data.lane_of.get(move.to)].push({ move, leaves: false, start_ms: move.start_ms });
  }

  box.classList.add("live");
  const stage = select(box).append("div").attr("class", "stage").attr("tabindex", 0)
    .attr("role", "group")
    .attr("aria-label", `Timeline of ${moves.length} migrations. Arrow keys walk the moves, ` +
      "plus and minus zoom, 0 fits, Enter filters by the VM, Escape clears.")
    .style("height", `${height}px`);
  const back = stage.append("svg").attr("class", "v").attr("height", height).attr("aria-hidden", true);
  const canvas = stage.append("canvas").attr("aria-hidden", true);
  const front = stage.append("svg").attr("class", "v").attr("height", height).attr("aria-hidden", true);
  const spoken = select(box).append("p").attr("role", "status").attr("class", "spoken");
  const tip = document.getElementById("tip");
  const hits = document.getElementById("hits");
  const field = document.getElementById("q");

  back.append("defs").append("clipPath").attr("id", "v-plot").append("rect");
  const axis_group = back.append("g").attr("class", "axis").attr("transform", "translate(0,18)");
  const plot = back.append("g").attr("clip-path", "url(#v-plot)");
  const bands = plot.append("g");
  const phases = plot.append("g");
  const bar_group = plot.append("g");
  const labels = back.append("g");
  const over = front.append("g").attr("clip-path", "url(#v-plot)");
  const chain = over.append("path").attr("class", "chain");
  const lines = over.append("g");
  const outlines = over.append("g");
  const cursor = over.append("line").attr("class", "cursor").attr("y1", 18).attr("y2", bottom);
  const grip = front.append("rect").attr("class", "catch").attr("fill", "transparent")
    .attr("y", 0).attr("height", height);

  let width = 0;
  let label = layout.label;
  let whole = scaleLinear();
  let now = scaleLinear();
  let focused = -1;
  let hovered = -1;
  let wanted = null; // by the filter: a set of indices, or null for all

  const lane_top = (host) => layout.top + data.lane_of.get(host) * layout.lane;
  const bar_top = (move, leaves) =>
    lane_top(leaves ? move.from : move.to) + layout.first_row +
    (leaves ? move.row_out : move.row_in) * layout.row;
  const bar_width = (move) => Math.max(1, now(move.end_ms) - now(move.start_ms) - 0.6);
  // Where a host that is being emptied sends nothing for two minutes or more.
  const waits = lanes.filter((lane) => lane.disabled_ms !== null).flatMap((lane) => {
    const found = [];
    let quiet = lane.disabled_ms;
    const note = (until) => {
      if (until - quiet >= 120000) found.push({ host: lane.host, from: quiet, to: until });
    };
    for (const { move, leaves } of of_lane[data.lane_of.get(lane.host)]) {
      if (!leaves || move.start_ms < lane.disabled_ms) continue;
      note(move.start_ms);
      quiet = Math.max(quiet, move.end_ms);
    }
    note(lane.down_ms ?? data.ends_ms);
    return found;
  });
  const is_wanted = (move) => wanted === null || wanted.has(move.index);

  const zooming = zoom()
    .filter((event) => (event.type === "wheel" ? event.ctrlKey || event.metaKey : !event.button))
    .on("zoom", (event) => {
      now = event.transform.rescaleX(whole);
      hide_tip();
      draw_soon();
    });

  // ---- drawing

  function rectangles(group, style, rows) {
    group.selectAll(`rect.${style}`).data(rows).join("rect").attr("class", style)
      .attr("x", (d) => now(d.from)).attr("y", (d) => d.top)
      .attr("width", (d) => Math.max(0, now(d.to) - now(d.from))).attr("height", (d) => d.height);
  }

  function draw_bands() {
    const tall = { top: layout.top, height: bottom - layout.top };
    const mixed = data.mixed_ms ? [{ from: data.mixed_ms[0], to: data.mixed_ms[1] }] : [];
    const black = data.blackout_ms ? [{ from: data.blackout_ms[0], to: data.blackout_ms[1] }] : [];
    rectangles(bands, "mixed", mixed.map((each) => ({ ...each, ...tall })));
    rectangles(bands, "black", black.map((each) => ({ ...each, ...tall })));
    rectangles(bands, "mixed-edge", mixed.map((each) => ({ ...each, top: 22, height: 3 })));
    rectangles(bands, "black-edge", black.map((each) => ({ ...each, top: 42, height: 3 })));
    const words = [
      ...mixed.map((each) => ({ ...each, y: 36, style: "s mix b", text: "mixed versions" })),
      ...black.map((each) => ({ ...each, y: 56, style: "s", text: "no coordinator" })),
    ];
    // A word stays in sight while any of its stretch is.
    bands.selectAll("text").data(words).join("text").attr("class", (d) => d.style)
      .attr("x", (d) => Math.max(now(d.from) + 5, label + 5)).attr("y", (d) => d.y)
      .attr("display", (d) => (now(d.to) < label + 20 ? "none" : null))
      .text((d) => `${d.text} ${data.clock(d.from)}–${data.clock(d.to)}`);
  }

  function draw_phases() {
    const drain = [];
    const down = [];
    const ready = [];
    const old = [];
    for (const lane of lanes) {
      const top = lane_top(lane.host);
      const gone = lane.down_ms ?? data.ends_ms;
      const height = layout.lane - layout.plan - 1;
      old.push({ top, from: 0, to: lane.disabled_ms ?? gone });
      if (lane.disabled_ms !== null) {
        drain.push({ top, height, from: lane.disabled_ms, to: gone });
      }
      if (lane.down_ms === null) continue;
      down.push({ top, height, from: lane.down_ms, to: lane.back_ms });
      ready.push({ top, height: 4, from: lane.enabled_ms ?? lane.back_ms, to: data.ends_ms });
    }
    phases.selectAll("path.old").data(old).join("path").attr("class", "old")
      .attr("d", (d) => `M${now(d.from)} ${d.top + 1}H${now(d.to)}`);
    rectangles(phases, "drain", drain);
    rectangles(phases, "hatch-drain", drain);
    rectangles(phases, "drain-edge", drain.map((each) => ({ ...each, height: 4 })));
    rectangles(phases, "down", down);
    rectangles(phases, "ready", ready);
    phases.selectAll("text.waits").data(waits).join("text").attr("class", "waits xs")
      .attr("text-anchor", "middle").attr("x", (d) => (now(d.from) + now(d.to)) / 2)
      .attr("y", (d) => lane_top(d.host) + (layout.lane - layout.plan) / 2 + 4)
      .text((d) => (now(d.to) - now(d.from) > 36 ? "waits" : ""));
    phases.selectAll("text.on-down").data(down).join("text").attr("class", "xs on-down")
      .attr("text-anchor", "middle").attr("x", (d) => (now(d.from) + now(d.to)) / 2)
      .attr("y", (d) => d.top + (layout.lane - layout.plan) / 2 + 4)
      .text((d) => {
        const room = now(d.to) - now(d.from);
        return room > 90 ? `down ${Math.round((d.to - d.from) / 60000)} min` : room > 34 ? "down" : "";
      });
  }

  const style_of = ({ move, leaves }) =>
    (move.fate === "failed" ? "failed" : !leaves ? "in" : move.critical ? "hot" : "out");

  // Of a run: a cross on what failed, and thin at the lane's foot what was planned.
  function draw_run() {
    if (!data.run) return;
    const foot = layout.lane - layout.plan;
    const all = layout.plan - 2;
    const plans = data.run.plans;
    const strips = plans.length > 1
      ? [[plans.at(-1), foot, all * 0.55], [plans[0], foot + all * 0.65, all * 0.35]]
      : [[plans[0], foot, all]];
    const of = (part) => strips.flatMap(([plan, y, height]) => plan.lane_rows
      .filter((lane) => lane.down_ms !== null && data.lane_of.has(lane.host))
      .map((lane) => ({ ...part(lane), top: lane_top(lane.host) + y, height })));
    rectangles(phases, "plan-drain", of((lane) => ({ from: lane.disabled_ms ?? lane.down_ms, to: lane.down_ms })));
    rectangles(phases, "plan-down", of((lane) => ({ from: lane.down_ms, to: lane.back_ms })));
    const tall = { top: layout.top, height: bottom - layout.top };
    rectangles(bands, "paused", data.run.pauses_ms.map(([from, to]) => ({ from, to, ...tall })));
    rectangles(bands, "gap", data.run.gaps_ms.map(([from, to]) => ({ from, to, ...tall })));
    const failed = moves.filter((move) => move.fate === "failed" && bar_width(move) > 0);
    lines.selectAll("text.cross").data(failed).join("text").attr("class", "cross xs b")
      .attr("text-anchor", "middle").attr("x", (d) => now(d.start_ms) + bar_width(d) / 2)
      .attr("y", (d) => bar_top(d, true) + layout.bar / 2 + 4).text("✕");
  }

  function draw_elements() {
    const bars = of_lane.flat();
    bar_group.selectAll("rect.bar").data(bars).join("rect")
      .attr("class", (d) => `bar ${style_of(d)}`)
      .attr("x", (d) => now(d.move.start_ms)).attr("y", (d) => bar_top(d.move, d.leaves))
      .attr("width", (d) => bar_width(d.move)).attr("height", layout.bar)
      .attr("opacity", (d) => (is_wanted(d.move) ? 1 : 0.2));
    bar_group.selectAll("rect.again").data(bars.filter((d) => d.move.nth > 1)).join("rect")
      .attr("class", "again").attr("x", (d) => now(d.move.start_ms))
      .attr("y", (d) => bar_top(d.move, d.leaves)).attr("width", (d) => Math.min(3, bar_width(d.move)))
      .attr("height", layout.bar).attr("opacity", (d) => (is_wanted(d.move) ? 1 : 0.2));
    const named = layout.bar < 9 ? [] :
      bars.filter((d) => d.move.fate !== "failed" && bar_width(d.move) > 6.2 * d.move.vm_name.length + 6);
    bar_group.selectAll("text").data(named).join("text")
      .attr("class", (d) => (d.leaves ? "xs on-bar" : "xs"))
      .attr("x", (d) => now(d.move.start_ms) + 4)
      .attr("y", (d) => bar_top(d.move, d.leaves) + layout.bar / 2 + 3.5).text((d) => d.move.vm_name);
  }

  function draw_canvas() {
    const scale = devicePixelRatio || 1;
    const node = canvas.node();
    if (node.width !== Math.round(width * scale)) {
      node.width = Math.round(width * scale);
      node.height = Math.round(height * scale);
      canvas.style("width", `${width}px`).style("height", `${height}px`);
    }
    const pen = node.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const [out, arrives, hot, ink, on_out, card, blocks] =
      ["out", "in", "hot", "ink", "on-out", "card", "blocks"].map(colour);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.save();
    pen.beginPath();
    pen.rect(label, 0, width - label, height);
    pen.clip();
    const [from, to] = [now.invert(label), now.invert(width)];
    for (const lane of of_lane) {
      for (let i = by_start(lane, from - longest); i < lane.length && lane[i].start_ms <= to; ++i) {
        const { move, leaves } = lane[i];
        const x = now(move.start_ms);
        const y = bar_top(move, leaves);
        const wide = bar_width(move);
        pen.globalAlpha = is_wanted(move) ? 1 : 0.2;
        const failed = move.fate === "failed";
        pen.fillStyle = failed ? card : !leaves ? arrives : move.critical ? hot : out;
        pen.fillRect(x, y, wide, layout.bar);
        if (!leaves || failed) {
          pen.strokeStyle = failed ? blocks : out;
          pen.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, wide - 1), layout.bar - 1);
        }
        if (move.nth > 1) {
          pen.fillStyle = ink;
          pen.fillRect(x, y, Math.min(2.5, wide), layout.bar);
        }
        if (layout.bar >= 8 && wide > 6.2 * move.vm_name.length + 6) {
          pen.fillStyle = leaves ? on_out : ink;
          pen.font = `${Math.min(11, layout.bar)}px sans-serif`;
          pen.fillText(move.vm_name, x + 4, y + layout.bar - 2);
        }
      }
    }
    pen.restore();
  }

  function draw_over() {
    chain.attr("d", data.chain_rows.filter((each) => each.host !== null).map((each, index) => {
      const y = lane_top(each.host) + layout.lane - 2.5;
      return `${index ? "L" : "M"}${now(each.start_ms)} ${y}L${now(each.end_ms)} ${y}`;
    }).join(""));
    const marks = data.run ? run_marks(data) :
      [{ at: data.ends_ms, style: "mark-plan", text: "plan done", y: layout.top + 14 }];
    if (data.window_ms !== null) {
      marks.push({ at: data.window_ms, style: "mark-window", text: "window closes", y: layout.top + 34 });
    }
    if (data.wizard) {
      marks.push({ at: data.wizard.ends_ms, style: "mark-wizard", text: "wizard done", y: bottom - 8 });
    }
    lines.selectAll("line").data(marks).join("line").attr("class", (d) => d.style)
      .attr("x1", (d) => now(d.at)).attr("x2", (d) => now(d.at)).attr("y1", 18).attr("y2", bottom);
    lines.selectAll("text.b:not(.cross)").data(marks).join("text").attr("class", (d) => `${d.style}-text s b`)
      .attr("x", (d) => now(d.at) + (now(d.at) > width - 130 ? -6 : 6)).attr("y", (d) => d.y)
      .attr("text-anchor", (d) => (now(d.at) > width - 130 ? "end" : "start"))
      .text((d) => `${d.text} ${data.clock(d.at)}`);
    draw_outlines();
  }

  function draw_outlines() {
    const vm = hovered >= 0 ? moves[hovered].vm : focused >= 0 ? moves[focused].vm : -1;
    const bars = vm < 0 ? [] : moves.filter((move) => move.vm === vm)
      .flatMap((move) => [{ move, leaves: true }, { move, leaves: false }]);
    outlines.selectAll("rect").data(bars).join("rect")
      .attr("class", (d) => (d.move.index === focused ? "mark focus" : "mark"))
      .attr("x", (d) => now(d.move.start_ms) - 1.5).attr("y", (d) => bar_top(d.move, d.leaves) - 1.5)
      .attr("width", (d) => bar_width(d.move) + 3).attr("height", layout.bar + 3);
  }

  function draw_wizard() {
    if (!data.wizard) return;
    const top = bottom + 8;
    const order = data.wizard_rows.filter((lane) => lane.down_ms !== null);
    const tall = { top, height: 24 };
    rectangles(plot, "ghost-drain", order.map((lane) =>
      ({ ...tall, from: lane.disabled_ms ?? lane.down_ms, to: lane.down_ms })));
    rectangles(plot, "ghost-down", order.map((lane) => ({ ...tall, from: lane.down_ms, to: lane.back_ms })));
    plot.selectAll("text.place").data(order).join("text").attr("class", "place xs m")
      .attr("text-anchor", "middle").attr("x", (d) => (now(d.down_ms) + now(d.back_ms)) / 2)
      .attr("y", top + 16)
      .text((d, index) => (now(d.back_ms) - now(d.down_ms) > 14 ? index + 1 : ""));
    const on = data.wizard.ends_ms > now.invert(width);
    plot.selectAll("text.goes-on").data(on ? [1] : []).join("text").attr("class", "goes-on xs b")
      .attr("text-anchor", "end").attr("x", width).attr("y", top + 37)
      .text(`goes on until ${data.clock(data.wizard.ends_ms)} →`);
  }

  function draw_labels() {
    const short = (name, most) => {
      const letters = [...name];
      return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : name;
    };
    const two_lines = layout.has_counts;
    const letters = label < 100 ? 10 : 15;
    labels.selectAll("path").data(lanes).join("path").attr("class", "gl")
      .attr("d", (d) => `M0 ${lane_top(d.host) - 0.5}H${width}`);
    labels.selectAll("text.n").data(lanes).join("text").attr("class", "n b")
      .attr("y", (d) => lane_top(d.host) + layout.lane / 2 + (two_lines ? -3 : 4))
      .text((d) => {
        const first = d.host === data.coordinator;
        const slow = data.run?.slow_hosts.includes(d.host);
        return (slow ? "▲ " : "") + (first ? "★ " : "") + short(data.hosts.name[d.host], first ? letters - 2 : letters);
      });
    labels.selectAll("text.m").data(two_lines ? lanes : []).join("text").attr("class", "xs m")
      .attr("y", (d) => lane_top(d.host) + layout.lane / 2 + 11)
      .text((d) => {
        const bars = of_lane[data.lane_of.get(d.host)].filter((bar) => bar.move.fate !== "failed");
        const out = bars.filter((bar) => bar.leaves).length;
        return `↑${out} out ↓${bars.length - out} in`;
      });
    if (data.wizard) {
      labels.selectAll("text.w").data([1]).join("text").attr("class", "w n b").attr("y", bottom + 20)
        .text("wizard");
    }
  }

  function draw() {
    const domain = now.domain();
    axis_group.call(axisTop(now).tickValues(ticks_of(data, domain, (width - label) / 90))
      .tickFormat(tick_text(data.clock)).tickSize(-(bottom - 18)).tickPadding(5));
    axis_group.select(".domain").remove();
    // A time that the edge would cut stands left of its line.
    axis_group.selectAll(".tick text")
      .attr("text-anchor", (at) => (now(at) > width - 24 ? "end" : "middle"));
    draw_bands();
    draw_phases();
    if (on_canvas) draw_canvas(); else draw_elements();
    draw_wizard();
    draw_over();
    draw_run();
  }

  // Once a frame, however many events there are.
  let drawing = 0;
  function draw_soon() {
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      draw();
    });
  }

  // ---- pointing

  function move_at([x, y]) {
    const index = Math.floor((y - layout.top) / layout.lane);
    if (index < 0 || index >= lanes.length || x < label) return -1;
    const at = now.invert(x);
    const slack = now.invert(label + 3) - now.invert(label);
    let best = -1;
    let distance = Infinity;
    const lane = of_lane[index];
    for (let i = by_start(lane, at - longest - slack); i < lane.length; ++i) {
      const { move, leaves, start_ms } = lane[i];
      if (start_ms > at + slack) break;
      const top = bar_top(move, leaves);
      if (move.end_ms < at - slack || y < top - 2 || y > top + layout.bar + 2) continue;
      const away = Math.abs(at - (move.start_ms + move.end_ms) / 2);
      if (away < distance) [best, distance] = [move.index, away];
    }
    return best;
  }

  function show_tip(index, x, y) {
    tip.textContent = "";
    move_lines(data, moves[index]).forEach((line, place) => {
      const element = document.createElement(place ? "div" : "b");
      const isolated = document.createElement("bdi");
      isolated.textContent = line;
      element.append(isolated);
      tip.append(element);
    });
    tip.style.display = "block";
    const left = Math.min(innerWidth - tip.offsetWidth - 8, x + 14);
    const below = y + tip.offsetHeight + 24 < innerHeight;
    tip.style.left = `${Math.max(6, left)}px`;
    tip.style.top = `${Math.max(6, below ? y + 16 : y - tip.offsetHeight - 14)}px`;
  }
  function hide_tip() {
    tip.style.display = "none";
  }

  function show_time(time) {
    const there = time !== null && now(time) >= label;
    cursor.attr("display", there ? null : "none");
    if (there) cursor.attr("x1", now(time)).attr("x2", now(time));
  }

  grip.on("pointermove", (event) => {
    const at = pointer(event, stage.node());
    const index = move_at(at);
    if (index !== hovered) {
      hovered = index;
      draw_outlines();
    }
    if (index >= 0) show_tip(index, event.clientX, event.clientY); else hide_tip();
    const time = now.invert(at[0]);
    on_time(time >= 0 && time <= data.ends_ms ? time : null);
    show_time(time);
  });
  grip.on("pointerleave", () => {
    hovered = -1;
    hide_tip();
    draw_outlines();
    on_time(null);
    show_time(null);
  });
  grip.on("click", (event) => {
    const index = move_at(pointer(event, stage.node()));
    if (index >= 0) filter_by(moves[index].vm_name);
  });

  // ---- filter

  function filter_by(text) {
    field.value = text;
    const query = text.trim().toLowerCase();
    wanted = null;
    if (query) {
      const host = data.hosts.name.findIndex((name) => name.toLowerCase() === query);
      wanted = new Set(moves.filter((move) => (host >= 0
        ? move.from === host || move.to === host
        : move.vm_name.toLowerCase().includes(query))).map((move) => move.index));
    }
    hits.textContent = wanted ? `${wanted.size} of ${moves.length} moves` : "";
    draw();
  }
  field.addEventListener("input", () => filter_by(field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") filter_by("");
  });

  // ---- keyboard

  function focus_on(index) {
    if (index < 0 || index >= moves.length) return;
    focused = index;
    const move = moves[index];
    const x = now(move.start_ms);
    if (x < label || x > width - 40) {
      grip.call(zooming.translateTo, whole(move.start_ms), 0, [(label + width) / 2, 0]);
    }
    draw_outlines();
    const place = stage.node().getBoundingClientRect();
    const top = bar_top(move, true);
    if (place.top + top < 60 || place.top + top > innerHeight - 80) {
      scrollBy(0, place.top + top - innerHeight / 2);
    }
    const moved = stage.node().getBoundingClientRect();
    show_tip(index, moved.left + now(move.start_ms), moved.top + top + layout.bar);
    spoken.text(move_lines(data, move).join(". "));
  }

  // The move that leaves the next lane that has one, nearest in time.
  function in_lane_beside(index, direction) {
    let lane = data.lane_of.get(moves[index].from) + direction;
    for (; lane >= 0 && lane < lanes.length; lane += direction) {
      const leaving = of_lane[lane].filter((bar) => bar.leaves).map((bar) => bar.move);
      if (!leaving.length) continue;
      const away = (move) => Math.abs(move.start_ms - moves[index].start_ms);
      return leaving.reduce((best, move) => (away(move) < away(best) ? move : best)).index;
    }
    return index;
  }

  const keys = {
    ArrowRight: () => focus_on(Math.min(moves.length - 1, focused + 1)),
    ArrowLeft: () => focus_on(Math.max(0, focused - 1)),
    ArrowDown: () => focus_on(focused < 0 ? 0 : in_lane_beside(focused, 1)),
    ArrowUp: () => focus_on(focused < 0 ? 0 : in_lane_beside(focused, -1)),
    Home: () => focus_on(0),
    End: () => focus_on(moves.length - 1),
    "+": () => zoom_by(1.6),
    "=": () => zoom_by(1.6),
    "-": () => zoom_by(1 / 1.6),
    0: () => fit(),
    Enter: () => focused >= 0 && filter_by(moves[focused].vm_name),
    Escape: () => {
      focused = -1;
      hide_tip();
      filter_by("");
    },
  };
  stage.on("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  stage.on("blur", hide_tip);

  // ---- zoom

  function zoom_by(factor) {
    grip.call(zooming.scaleBy, factor, [(label + width) / 2, 0]);
  }
  // The plan fills the width; on a phone not less than is readable.
  function fit() {
    const factor = Math.max(data.layout.known_ms / data.layout.shown_ms, 1) *
      Math.max(1, 700 / (width - label));
    grip.call(zooming.transform, zoomIdentity.translate(label - factor * label, 0).scale(factor));
  }
  document.getElementById("in").addEventListener("click", () => zoom_by(1.6));
  document.getElementById("out").addEventListener("click", () => zoom_by(1 / 1.6));
  document.getElementById("fit").addEventListener("click", fit);
  document.getElementById("chain")?.addEventListener("click", (event) => {
    const hidden = stage.node().classList.toggle("no-chain");
    event.currentTarget.setAttribute("aria-pressed", String(!hidden));
  });

  function resize() {
    const wide = Math.floor(box.clientWidth);
    if (wide === width || wide < 50) return;
    width = wide;
    label = width < 560 ? 92 : layout.label;
    for (const svg of [back, front]) svg.attr("width", width).attr("viewBox", `0 0 ${width} ${height}`);
    back.select("clipPath rect").attr("x", label).attr("width", width - label).attr("height", height);
    grip.attr("x", label).attr("width", width - label);
    whole = scaleLinear().domain([0, data.layout.known_ms]).range([label, width]);
    now = whole.copy();
    const plot_box = [[label, 0], [width, height]];
    zooming.extent(plot_box).translateExtent(plot_box).scaleExtent([1, Math.max(64, data.layout.known_ms / 60000)]);
    draw_labels();
    fit();
    draw();
  }
  front.call((each) => each.style("touch-action", "pan-y"));
  grip.call(zooming).on("dblclick.zoom", null).style("touch-action", "pan-y");
  resize();
  new ResizeObserver(resize).observe(box);
  show_time(null);
  return { draw, show_time };
}
