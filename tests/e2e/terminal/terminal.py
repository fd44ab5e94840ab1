# Long verbs on a terminal and elsewhere: a bar here, no bar there, the same answer in both.
# Usage: terminal.py VACATE SCENARIOS
import os
import pty
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

here = Path(__file__).parent
for folder in ("clients", "run"):
    sys.path.insert(0, str(here.parent / folder))
from live_run import Rehearsal  # noqa: E402
from pool import check  # noqa: E402

BAR = re.compile(r"\[#*-*\] +\d+ %")
ERASED = "\r\x1b[K"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(words, **environment):
    """What a program prints, and what a terminal that its standard error is connected to gets."""
    ours, theirs = pty.openpty()
    seen = []

    def read():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end is closed
                return
            if not part:
                return
            seen.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                          timeout=600, check=False,
                          env={**os.environ, "TERM": "xterm", **environment})
    os.close(theirs)
    reader.join()
    os.close(ours)
    return done.returncode, done.stdout, b"".join(seen).decode("utf-8", "replace")


def elsewhere(words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=600,
                          check=False)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def check_verb(name, words):
    status, told, plain = elsewhere(words)
    check(status == 0, name, "ended with", status, plain)
    check("\r" not in plain and "\x1b" not in plain, name, "draws where nobody looks:", plain)
    for environment in ({}, {"NO_COLOR": "1"}):
        here_status, here_told, drawn = on_terminal(words, **environment)
        check((here_status, here_told) == (status, told), name, "answers differently on a terminal")
        check(BAR.search(drawn), name, "shows no bar:", drawn)
        check(drawn.rstrip("\n").endswith(ERASED), name, "leaves its bar:", repr(drawn[-200:]))
        check(not COLOUR.search(drawn), name, "colours something")
    _, dumb_told, dumb = on_terminal(words, TERM="dumb")
    check(dumb_told == told and "\x1b" not in dumb, name, "draws on a terminal that cannot:", dumb)
    print(f"ok      {name}: {len(BAR.findall(drawn))} bars")


def check_short(program, scenarios):
    """Work that is over at once shows nothing."""
    words = [program, "check", scenarios / "tiny" / "memory.json"]
    _, _, drawn = on_terminal(words)
    check(drawn == "", "check draws", drawn)
    print("ok      check: nothing")


def check_run(program, scenarios):
    with Rehearsal(program, str(scenarios), "4-hosts") as rehearsal:
        words = [program, *rehearsal.run_words("a.journal")]
        status, _, drawn = on_terminal(words)
        check(status == 0, "the run ended with", status, drawn[-2000:])
        check(BAR.search(drawn) or re.search(r"\[#*-*\] \d+ of \d+ steps", drawn),
              "the run shows no bar", drawn[-2000:])
        check("ends about" in drawn, "the run does not say when it ends")
        check(not COLOUR.search(drawn), "the run colours something")
    with Rehearsal(program, str(scenarios), "4-hosts") as rehearsal:
        status, _, plain = elsewhere([program, *rehearsal.run_words("a.journal")])
        check(status == 0 and "\x1b" not in plain and "\r" not in plain, "the run draws", plain)
        check(re.search(r"^\d+:\d\d:\d\d  migrate ", plain, re.M), "no line for a migration", plain)
    print("ok      run: a screen, or lines")


def main(program, scenarios):
    scenarios = Path(scenarios)
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        big = scenarios / "large" / "64-hosts.json"
        chance = ["--set", 'chance.upgrade_factor={"lognormal": {"median": "1", "p95": "1.5"}}']
        subprocess.run([program, "plan", big, "--effort", "20000", "-o", plan], check=True,
                       capture_output=True)
        # Each takes seconds where the bar appears after a fifth of one.
        check_verb("plan", [program, "plan", big, "--effort", "3000000", "--threads", "1"])
        check_verb("simulate", [program, "simulate", big, plan, "--as-planned", *chance, "--runs",
                                "2000", "--threads", "1"])
        check_verb("whatif", [program, "whatif", scenarios / "typical" / "16-hosts.json", "--sweep",
                              "policy.hosts_down_max=1..8", "--effort", "400000", "--threads", "1"])
    check_short(program, scenarios)
    check_run(program, scenarios)


if __name__ == "__main__":
    main(*sys.argv[1:])
