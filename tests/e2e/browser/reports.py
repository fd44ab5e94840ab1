# Writes reports of kept scenarios and opens them in Debian's Chromium; see reports.mjs.
# Usage: reports.py VACATE FOLDER SCENARIOS
import json
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here.parent / "clients"))
from npm import install  # noqa: E402
from pool import skip  # noqa: E402

EVIL = ["</script><script>alert(1)</script>", "\"><img src=x onerror=alert(2)>'",
        "\u05e9\u05e8\u05ea-1", "\U0001f600 & co"]


def hostile(scenarios):
    """A tiny pool whose names are markup, quotes, right to left and an emoji."""
    pool = json.loads((scenarios / "tiny" / "memory.json").read_text(encoding="utf-8"))
    for vm, name in zip(pool["vms"], EVIL[:1] + EVIL[2:]):
        vm["name"] = name
    old = pool["hosts"][1]["name"]
    pool["hosts"][1]["name"] = EVIL[1]
    for vm in pool["vms"]:
        if vm["host"] == old:
            vm["host"] = EVIL[1]
    return pool


def report(program, scenario, folder, name, *options):
    plan, file = folder / f"{name}.json", folder / f"{name}.html"
    subprocess.run([program, "plan", scenario, "--effort", "40000", "-o", plan],
                   check=True, capture_output=True)
    subprocess.run([program, "report", scenario, plan, "-o", file, *options],
                   check=True, capture_output=True)
    return str(file)


def journal(plan, pool, slower=1.1, until=1.0):
    """The records of a run of a plan, every step longer than promised, the first move refused."""
    happened, moves = [], 0
    for step in plan["steps"]:
        begins, ends = (int(step[key] * slower) for key in ("start_us", "end_us"))
        ends = max(ends, begins + 2)
        act = {"upgrade": "restart_host", "reboot": "restart_host"}.get(step["kind"], step["kind"])
        order = {"act": act}
        for name, key in (("vm", "vm"), ("host", "host"), ("host", "from"), ("to", "to"),
                          ("storage", "storage")):
            if key in step:
                order[name] = step[key]
        if act == "migrate":
            moves += 1
        happened.append((begins, ends, order, moves == 1 and act == "migrate"))
    events = []
    for begins, ends, order, refused in happened:
        half = (begins + ends) // 2
        tries = [(begins, half, "refused"), (half, ends, "done")] if refused else [
            (begins, ends, "done")]
        for attempt, (sent, over, answer) in enumerate(tries, 1):
            command = {"kind": "commanded", **order, "attempt": attempt}
            events.append((sent, 1, len(events), command, None))
            if order["act"] == "restart_host":
                events.append((over, 0, len(events), {
                    "kind": "settled", "done": True, "sentence": f"{order['host']} is back"}, command))
            else:
                events.append((over, 0, len(events), {
                    "kind": "answered", "answer": answer, "advice": "retry",
                    "code": "" if answer == "done" else "<i>NETWORK</i>", "sentence": "",
                    "memo": ""}, command))
    events.sort(key=lambda one: one[:3])
    last = events[-1][0]
    records = [(0, {"kind": "opened", "run": "run-1", "pool": "pool",
                    "began_at": "2026-03-01T22:00:00Z", "mission": "{}"}),
               (0, {"kind": "adopted", "reason": "the run begins", "scenario": json.dumps(pool),
                    "plan": json.dumps(plan)})]
    keys = {}
    for at, _, _, record, command in events:
        if at > last * until:
            break
        key = keys.setdefault(id(command or record), len(keys) + 1)
        records.append((at, {"kind": record["kind"], "key": key,
                             **{name: value for name, value in record.items() if name != "kind"}}))
    if until >= 1:
        records.append((last, {"kind": "closed", "done": True, "sentence": "all is done"}))
    lines = []
    for number, (at, record) in enumerate(records):
        line = json.dumps({"number": number, "at_us": at, **record}, separators=(",", ":"))
        lines.append(f"{zlib.crc32(line.encode()):08x} {line}\n")
    return "".join(lines)


def run_report(program, scenario, folder, name, *options, **how):
    plan, file = folder / f"{name}.plan.json", folder / f"{name}.html"
    subprocess.run([program, "plan", scenario, "--effort", "40000", "-o", plan],
                   check=True, capture_output=True)
    text = journal(json.loads(plan.read_text(encoding="utf-8")),
                   json.loads(Path(scenario).read_text(encoding="utf-8")), **how)
    records = folder / f"{name}.journal"
    records.write_text(text, encoding="utf-8")
    subprocess.run([program, "report", records, "-o", file, *options], check=True,
                   capture_output=True)
    return str(file)


def report_of_answer(words, answer, file, *inputs, check=True):
    """What a command answers as JSON, kept in a file and reported."""
    with open(answer, "wb") as out:
        subprocess.run([*words, "--json"], check=check, stdout=out, stderr=subprocess.DEVNULL)
    subprocess.run([words[0], "report", *inputs, answer, "-o", file], check=True,
                   capture_output=True)
    return str(file)


def no_plan_report(program, scenario, folder, name):
    return report_of_answer([program, "plan", scenario], folder / f"{name}.json",
                            folder / f"{name}.html", scenario, check=False)


def study_report(program, study, folder, name):
    return report_of_answer([program, "whatif", study], folder / f"{name}.answer.json",
                            folder / f"{name}.html")


def main(program, folder, scenarios):
    folder, scenarios = Path(folder), Path(scenarios)
    for tool, package in (("node", "nodejs"), ("npm", "npm"), ("pdftotext", "poppler-utils"),
                          ("chromium", "chromium")):
        if shutil.which(tool) is None:
            skip(f"there is no {tool} (package {package}); tools/setup tests installs it")
    install(folder, here, "reports.mjs")
    evil = folder / "hostile-pool.json"
    evil.write_text(json.dumps(hostile(scenarios)), encoding="utf-8")
    reports = [
        {"name": "16 hosts", "file": report(
            program, scenarios / "typical" / "16-hosts.json", folder, "16",
            "--baseline", "wizard", "--start", "22:00", "--window", "2 h")},
        {"name": "64 hosts", "file": report(
            program, scenarios / "large" / "64-hosts.json", folder, "64",
            "--baseline", "wizard")},
        {"name": "hostile names", "file": report(program, evil, folder, "hostile"),
         "names": EVIL},
        {"name": "a finished run", "kind": "run", "file": run_report(
            program, scenarios / "typical" / "8-hosts.json", folder, "done"), "state": "done"},
        {"name": "a run half done", "kind": "run", "file": run_report(
            program, scenarios / "typical" / "8-hosts.json", folder, "half", "--window", "4 h",
            until=0.5), "state": "running"},
        {"name": "a run with hostile names", "kind": "run", "file": run_report(
            program, evil, folder, "hostile-run"), "names": EVIL},
        {"name": "a study of links", "kind": "study", "file": study_report(
            program, scenarios / "studies" / "links-or-hosts.json", folder, "links"), "maps": 3},
        {"name": "a study of losses", "kind": "study", "file": study_report(
            program, scenarios / "studies" / "two-at-a-time.json", folder, "losses"), "maps": 0,
         "risk": True},
        {"name": "a study of growth", "kind": "curves", "file": study_report(
            program, scenarios / "studies" / "how-full.json", folder, "growth")},
        {"name": "no plan", "kind": "no plan", "file": no_plan_report(
            program, scenarios / "tiny" / "impossible.json", folder, "no-plan")},
    ]
    listed = folder / "reports.json"
    listed.write_text(json.dumps(reports), encoding="utf-8")
    return subprocess.run(["node", "reports.mjs", shutil.which("chromium"), str(listed)],
                          cwd=folder, timeout=800, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
