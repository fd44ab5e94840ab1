# Writes reports of kept scenarios and opens them in Debian's Chromium; see reports.mjs.
# Usage: reports.py VACATE FOLDER SCENARIOS
import json
import shutil
import subprocess
import sys
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
    ]
    listed = folder / "reports.json"
    listed.write_text(json.dumps(reports), encoding="utf-8")
    return subprocess.run(["node", "reports.mjs", shutil.which("chromium"), str(listed)],
                          cwd=folder, timeout=800, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
