# Runs client.mjs, on Xen Orchestra's own library, against a simulated pool.
# Usage: xen_api.py VACATE SCENARIO FOLDER      the library is installed in FOLDER, once
import os
import shutil
import subprocess
import sys
from pathlib import Path

from npm import install
from pool import Pool, check, skip


def main(program, scenario, folder):
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            skip(f"there is no {tool}; tools/setup tests installs it")
    found = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(found.strip().lstrip("v").split(".")[0]) < 18:
        skip(f"node is {found.strip()}; the library needs 18 or newer")
    install(Path(folder), Path(__file__).parent, "client.mjs")
    with Pool(program, scenario, "--speed", "60") as pool:
        quiet = {**os.environ, "NODE_NO_WARNINGS": "1"}
        run = subprocess.run(["node", "client.mjs", pool.url, pool.user], cwd=folder, env=quiet,
                             input=pool.password, text=True, timeout=400, check=False)
        check(run.returncode == 0, "client.mjs ended with status", run.returncode)
    print("ran: xen-api on node", found.strip())


main(*sys.argv[1:])
