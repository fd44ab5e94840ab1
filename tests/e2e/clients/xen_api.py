# Runs client.mjs, on Xen Orchestra's own library, against a simulated pool.
# Usage: xen_api.py VACATE SCENARIO FOLDER      the library is installed in FOLDER, once
import os
import shutil
import subprocess
import sys
from pathlib import Path

from pool import Pool, check, skip


def install(folder):
    """What package-lock.json says, byte for byte, from wherever npm takes its packages."""
    here = Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    lock = (here / "package-lock.json").read_bytes()
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        stamp.unlink(missing_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(here / name, folder)
        try:
            run = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts",
                 "--omit-lockfile-registry-resolved", "--fetch-retries=1"],
                cwd=folder, timeout=120, capture_output=True, text=True, check=False)
        except subprocess.TimeoutExpired:
            skip("npm ci took more than two minutes")
        if run.returncode != 0:
            skip("npm ci failed: " + " ".join(run.stderr.split()[-30:]))
        stamp.write_bytes(lock)
    shutil.copy(here / "client.mjs", folder)


def main(program, scenario, folder):
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            skip(f"there is no {tool}; tools/setup tests installs it")
    found = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(found.strip().lstrip("v").split(".")[0]) < 18:
        skip(f"node is {found.strip()}; the library needs 18 or newer")
    install(Path(folder))
    with Pool(program, scenario, "--speed", "60") as pool:
        quiet = {**os.environ, "NODE_NO_WARNINGS": "1"}
        run = subprocess.run(["node", "client.mjs", pool.url, pool.user], cwd=folder, env=quiet,
                             input=pool.password, text=True, timeout=400, check=False)
        check(run.returncode == 0, "client.mjs ended with status", run.returncode)
    print("ran: xen-api on node", found.strip())


main(*sys.argv[1:])
