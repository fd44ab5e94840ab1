// The data block of the page, columns made into what the panels ask for.

// "22:08", of the next day "00:08 +1", or "+0:08" where the report has no clock; as
// ReportClock::at() writes it.
export function clock_of(start_minutes) {
  const two = (value) => String(value).padStart(2, "0");
  return (ms) => {
    const rounded = Math.sign(ms) * Math.round(Math.abs(ms) / 60000);
    if (start_minutes === null) {
      const minutes = Math.abs(rounded);
      return `${rounded < 0 ? "−" : "+"}${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
    }
    const day = Math.floor((rounded + start_minutes) / 1440);
    const minutes = rounded + start_minutes - day * 1440;
    const of_day = day === 0 ? "" : ` ${day > 0 ? "+" : ""}${day}`;
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}${of_day}`;
  };
}

export function lasts_text(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  return `${hours ? `${hours} h ` : ""}${Math.floor(seconds / 60) % 60} min ${seconds % 60} s`;
}

export function memory_text(mib) {
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib} MiB`;
}

export function rate_text(mbps) {
  return mbps >= 1000 ? `${(mbps / 1000).toFixed(1)} Gbps` : `${mbps} Mbps`;
}

// The rows of a table of columns, as objects.
function rows_of(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, index) =>
    Object.fromEntries(names.map((name) => [name, columns[name][index]])));
}

export function read_data(raw) {
  const data = { ...raw };
  data.clock = clock_of(raw.clock_start_minutes);
  data.lane_rows = rows_of(raw.lanes);
  data.lane_of = new Map(data.lane_rows.map((lane, index) => [lane.host, index]));
  data.move_rows = rows_of(raw.moves);
  data.move_rows.forEach((move, index) => {
    move.index = index;
    move.vm_name = raw.vms.name[move.vm];
    move.from_name = raw.hosts.name[move.from];
    move.to_name = raw.hosts.name[move.to];
  });
  data.move_of_step = new Map(data.move_rows.map((move) => [move.step, move]));
  data.host_step = new Map(rows_of(raw.host_steps).map((step) => [step.step, step]));
  data.chain_rows = rows_of(raw.chain);
  for (const plan of data.run?.plans ?? []) plan.lane_rows = rows_of(plan.lanes);
  data.wizard_rows = raw.wizard ? rows_of(raw.wizard.lanes) : [];
  return data;
}

// What kept a move from beginning earlier.
function held_text(data, move) {
  if (move.held_by === null) return "began as soon as the plan did";
  const before = data.move_of_step.get(move.held_by);
  if (before) {
    const arrived = `could begin when ${before.vm_name} was on ${before.to_name}`;
    return move.throttled ? `${arrived}, whose place on the link it took` : arrived;
  }
  const step = data.host_step.get(move.held_by);
  const host = step && step.host !== null ? data.hosts.name[step.host] : "another step";
  const ends = { enable_host: "was enabled", upgrade: "was back", disable_host: "was disabled" };
  return `could begin when ${host} ${(step && ends[step.kind]) || "was done"}`;
}

// The same of a run: what was sent nobody measured.
function run_move_lines(data, move) {
  const went = { done: "done", failed: "✕ failed", running: "▶ runs" };
  return [
    move.vm_name,
    `${memory_text(data.vms.ram_mib[move.vm])}, ${move.from_name} → ${move.to_name}` +
      (move.nth > 1 ? `, move ${move.nth} of this VM` : ""),
    `${data.clock(move.start_ms)}–${data.clock(move.end_ms)}, ${lasts_text(move.end_ms - move.start_ms)}`,
    went[move.fate],
  ];
}

// A move in lines, its VM first.
export function move_lines(data, move) {
  if (data.run) return run_move_lines(data, move);
  const again = move.nth > 1 ? `, move ${move.nth} of this VM` : "";
  return [
    move.vm_name,
    `${memory_text(data.vms.ram_mib[move.vm])}, ${move.from_name} → ${move.to_name}${again}`,
    `${data.clock(move.start_ms)}–${data.clock(move.end_ms)}, ` +
      `${lasts_text(move.end_ms - move.start_ms)} at ${rate_text(move.rate_mbps)}`,
    `pause ${lasts_text(move.pause_ms)}, ${memory_text(move.sent_mib)} sent`,
    held_text(data, move),
    ...(move.critical ? ["critical: a delay here delays the end"] : []),
  ];
}
