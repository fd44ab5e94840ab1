# Installs the packages of a test, beside the script that uses them.
import shutil
import subprocess

from pool import skip


def install(folder, here, script):
    """What package-lock.json says, byte for byte, from wherever npm takes its packages."""
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
    shutil.copy(here / script, folder)
