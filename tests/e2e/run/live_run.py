# vacate capture, plan and run against vacate poolserver, as the README's rehearsal has them.
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "clients"))
from pool import Pool, Session, check  # noqa: E402  (beside us)

SPEED = "600"
TARGET = {"label": "8.3.0", "platform": "3.4.0", "xapi": "25.33", "xapi_build": "25.33.1.2.1",
          "xen": "4.17.5.13"}
# VMs that cannot move, and what becomes of them meanwhile.
PARKED = {
    "4-hosts": ["vms.dns-0004.when_pinned=restart"],
    "8-hosts": ["vms.app-0023.when_pinned=suspend", "vms.web-0021.when_pinned=restart"],
    "16-hosts": ["policy.hosts_down_max=16"],
}


class Rehearsal:
    """A simulated pool, a captured scenario and a plan for it in a folder of their own."""

    def __init__(self, program, scenarios, size, *planning):
        self.program = program
        self.pool = Pool(program, f"{scenarios}/typical/{size}.json", "--speed", SPEED)
        # Nobody names the target but in one of them: the coordinator that comes back shows it.
        named = ["pool.target=" + json.dumps(TARGET)] if size == "4-hosts" else []
        self.sets = [*named, *PARKED[size]]
        self.planning = planning
        self.printed = ""  # all that any command of ours printed

    def __enter__(self):
        self.pool.__enter__()
        self.folder = tempfile.TemporaryDirectory()
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        self.file("password", self.pool.password + "\n")
        self.command("capture", self.pool.url, *self.access(), "-o", self.path("pool.json"))
        options = [word for one in self.sets for word in ("--set", one)]
        self.command("plan", self.path("pool.json"), *options, *self.planning,
                     "-o", self.path("plan.json"))

    def __exit__(self, *words):
        self.pool.__exit__(*words)
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def access(self):
        return ["--password-file", self.path("password"),
                "--fingerprint", self.pool.told["fingerprint"]]

    def command(self, *words, expected=0, **options):
        done = subprocess.run([self.program, *words], text=True, capture_output=True, timeout=300,
                              check=False, stdin=subprocess.DEVNULL, **options)
        self.printed += done.stdout + done.stderr
        check(expected is None or done.returncode == expected, " ".join(words), "ended with",
              done.returncode, done.stdout, done.stderr)
        return done

    def run_words(self, journal, *more, by="--reboot"):
        return ["run", self.pool.url, self.path("plan.json"), "--journal", self.path(journal),
                by, "--speed", SPEED, *self.access(), *more]

    def resume_words(self, journal):
        return ["run", "--resume", "--journal", self.path(journal), *self.access()]

    def state(self):
        """What the pool itself says, read by XML-RPC."""
        session = Session(self.pool)
        hosts = session.host.get_all_records()
        names = {ref: host["name_label"] for ref, host in hosts.items()}
        vms = session.VM.get_all_records().values()
        guests = {vm["uuid"]: (vm["power_state"], names.get(vm["resident_on"])) for vm in vms
                  if not (vm["is_control_domain"] or vm["is_a_template"] or vm["is_a_snapshot"])}
        pool, = session.pool.get_all_records().values()
        drives = sorted((disk["VM"], disk["device"], disk["empty"])
                        for disk in session.VBD.get_all_records().values() if disk["type"] == "CD")
        return {
            "versions": {host["name_label"]: host["software_version"]["platform_version"]
                         for host in hosts.values()},
            "enabled": {host["name_label"]: host["enabled"] for host in hosts.values()},
            "power": {uuid: power for uuid, (power, _) in guests.items()},
            "places": {uuid: place for uuid, (_, place) in guests.items()},
            "ha": pool["ha_enabled"], "wlb": pool["wlb_enabled"],
            "other_config": pool["other_config"], "drives": drives,
        }

    def ranges(self):
        """Name, dynamic minimum and maximum of every VM, by uuid."""
        vms = Session(self.pool).VM.get_all_records().values()
        return {vm["uuid"]: (vm["name_label"], int(vm["memory_dynamic_min"]),
                             int(vm["memory_dynamic_max"]))
                for vm in vms if not (vm["is_control_domain"] or vm["is_a_template"])}

    def check_secret_kept(self):
        """The password stands in no file of ours but its own, and in nothing printed."""
        secret = self.pool.password
        check(secret not in self.printed, "the password was printed")
        for name in os.listdir(self.folder.name):
            if name == "password":
                continue
            with open(self.path(name), "rb") as file:
                check(secret.encode() not in file.read(), "the password stands in", name)


def check_upgraded(before, after):
    """All that an upgrade must leave behind, whatever happened on the way."""
    check(set(after["versions"].values()) == {TARGET["platform"]}, "versions", after["versions"])
    check(all(after["enabled"].values()), "a host is not enabled", after["enabled"])
    check_same(before, after, "power", "ha", "wlb", "other_config", "drives")


def check_same(before, after, *parts):
    for part in parts:
        was, now = before[part], after[part]
        if isinstance(was, dict):
            keys = [key for key in {**was, **now} if was.get(key) != now.get(key)]
            was, now = {key: was.get(key) for key in keys}, {key: now.get(key) for key in keys}
        check(was == now, part, "is not as before:", was, "now:", now)


def whole(program, scenarios):
    """A run to its end; what it says agrees with what the pool says."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        dry = rehearsal.command(*rehearsal.run_words("none.journal", "--dry-run"))
        check("Async.VM.pool_migrate" in dry.stdout, "the dry run names no migration", dry.stdout)
        for call in ["vacate_key", "GET /pool/xmldbdump", "host.disable", "Async.host.reboot",
                     "task.destroy", "pool.remove_from_other_config vacate_run"]:
            check(call in dry.stdout, "the dry run does not name", call, dry.stdout)
        check(rehearsal.state() == before, "a dry run changed the pool")
        check(not os.path.exists(rehearsal.path("none.journal")), "a dry run wrote a journal")
        done = rehearsal.command(*rehearsal.run_words("a.journal", "--json"))
        after = rehearsal.state()
        check_upgraded(before, after)
        told = json.loads(done.stdout)
        check(told["standing"] == "done" and not told["owed"], "the run says", done.stdout)
        with open(rehearsal.path("plan.json"), encoding="utf-8") as file:
            plan = json.load(file)
        moved = sum(host["moved"] for host in told["hosts"])
        check(moved >= plan["summary"]["moves"], moved, "moves of", plan["summary"]["moves"])
        status = rehearsal.command("status", rehearsal.path("a.journal"), "--json")
        check(json.loads(status.stdout)["standing"] == "done", status.stdout)
        backups = [name for name in os.listdir(rehearsal.folder.name) if name.endswith(".xml")]
        check(len(backups) == 1 and backups[0].startswith(f"a.journal.{told['run']}"),
              "backups of the database:", backups)
        rehearsal.check_secret_kept()


def records_in(journal):
    if not os.path.exists(journal):
        return 0
    with open(journal, "rb") as file:
        return file.read().count(b"\n")


def killed(program, scenarios, kills):
    """SIGKILL at random moments, each time resumed: the end is that of an undisturbed run, in
    which every VM is where it was before."""
    with Rehearsal(program, scenarios, "16-hosts", "--home", "original") as rehearsal:
        before = rehearsal.state()
        seed = int(os.environ.get("VACATE_SEED", "1"))
        draw = random.Random(seed)
        words, deaths, status = rehearsal.run_words("a.journal"), 0, None
        while status != 0:
            process = subprocess.Popen([rehearsal.program, *words], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            with open(f"/proc/{process.pid}/cmdline", "rb") as line:
                check(rehearsal.pool.password.encode() not in line.read(), "password in argv")
            if deaths < kills:
                # Behind its preflight, once it has written some more.
                least = records_in(rehearsal.path("a.journal")) + draw.randint(0, 30)
                while (process.poll() is None
                       and records_in(rehearsal.path("a.journal")) < least):
                    time.sleep(0.005)
                time.sleep(draw.uniform(0, 0.05))
                process.send_signal(signal.SIGKILL)
            printed, _ = process.communicate(timeout=300)
            rehearsal.printed += printed
            status = process.returncode
            deaths += status == -signal.SIGKILL
            check(status in (0, -signal.SIGKILL), "seed", seed, "status", status, printed)
            if os.path.exists(rehearsal.path("a.journal")) and os.path.getsize(
                    rehearsal.path("a.journal")) > 0:
                words = rehearsal.resume_words("a.journal")
            elif os.path.exists(rehearsal.path("a.journal")):
                os.remove(rehearsal.path("a.journal"))  # it died before its first word
        check(deaths == kills, "it was over before it was killed", kills, "times:", deaths)
        after = rehearsal.state()
        check_upgraded(before, after)
        check_same(before, after, "places")
        with open(rehearsal.path("a.journal"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        print(f"killed {deaths} times, {len(lines)} records")
        rehearsal.check_secret_kept()


def squeezed(program, scenarios):
    """A VM gives up memory before the first host is touched, and has it back at the end."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        uuids = sorted(uuid for uuid, power in rehearsal.state()["power"].items()
                       if power == "Running")
        before = rehearsal.ranges()
        uuid = max(uuids, key=lambda one: before[one][1:])
        name, least, most = before[uuid]
        half = least // 2
        sets = [*rehearsal.sets, f'vms."{name}".squeeze_to={half} B']
        rehearsal.command("plan", rehearsal.path("pool.json"), "-o", rehearsal.path("plan.json"),
                          *[word for one in sets for word in ("--set", one)])
        rehearsal.command(*rehearsal.run_words("a.journal", "--json"))
        check(rehearsal.ranges() == before, "ranges are not as before", rehearsal.ranges()[uuid])
        with open(rehearsal.path("a.journal"), encoding="utf-8") as file:
            records = [json.loads(line[line.index("{"):]) for line in file if "{" in line]
        acts = [one for one in records if one.get("kind") == "commanded"]
        kinds = [one["act"] for one in acts]
        squeeze = acts[kinds.index("squeeze_memory")]
        check(squeeze["vm"] == name and squeeze["range"] == f"{half} {half}", squeeze)
        check(squeeze["memo"] == f"{least} {most}", "what is to be restored:", squeeze)
        check(kinds.index("squeeze_memory") < kinds.index("disable_host"), kinds)
        last = len(kinds) - 1 - kinds[::-1].index("restart_host")
        check(kinds.index("restore_memory") > last, kinds)


def no_journal(program, scenarios):
    """Without a place for the journal nothing is begun, and it is said."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        refused = rehearsal.command(*rehearsal.run_words("none/a.journal", "--backup-folder",
                                                         rehearsal.folder.name), expected=3)
        check("the journal cannot be made" in refused.stderr, refused.stderr)
        check(rehearsal.state() == before, "something was done without a journal")
        # Where nothing can be written, whoever asks.
        refused = rehearsal.command(*rehearsal.run_words("/sys/a.journal", "--backup-folder",
                                                         rehearsal.folder.name), expected=3)
        check("the journal cannot be made" in refused.stderr, refused.stderr)
        check(rehearsal.state() == before, "something was done without a journal")
        rehearsal.file("old.journal", "")
        again = rehearsal.command(*rehearsal.run_words("old.journal"), expected=3)
        check("there is a journal of this name already" in again.stderr, again.stderr)
        check(rehearsal.state() == before, "something was done beside another journal")


class Beside:
    """A run that goes on beside the test, and what `vacate status` says of it."""

    def __init__(self, rehearsal, journal, *more, words=None, environment=None):
        self.rehearsal = rehearsal
        self.journal = rehearsal.path(journal)
        self.process = subprocess.Popen(
            [rehearsal.program, *(words or rehearsal.run_words(journal, *more))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *words):
        self.process.kill()
        self.process.communicate()

    def wait_for(self, what, condition):
        end = time.monotonic() + 120
        told = None
        while time.monotonic() < end and self.process.poll() is None:
            told = self.rehearsal.command("status", self.journal, "--json", expected=None)
            if told.returncode == 0 and condition(json.loads(told.stdout)):
                return json.loads(told.stdout)
            time.sleep(0.05)
        _, words = self.process.communicate() if self.process.poll() is not None else ("", "")
        check(False, "it did not come to that:", what, told and told.stdout, words)

    def ended(self, status):
        printed, words = self.process.communicate(timeout=120)
        self.rehearsal.printed += printed + words
        check(self.process.returncode == status, "status", self.process.returncode, printed, words)
        return printed, words


def words(program, scenarios):
    """pause, proceed and abort from another terminal; the end after an abort is a safe one."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        with Beside(rehearsal, "a.journal") as run:
            run.wait_for("some steps done", lambda told: told["steps_done"] > 5)
            rehearsal.command("pause", run.journal)
            told = run.wait_for("a pause", lambda told: told["standing"] == "paused")
            check(not told["under_way"], "a paused run has something under way", told)
            at_rest = rehearsal.state()
            time.sleep(1)  # ten minutes of the pool
            check(rehearsal.state() == at_rest, "a paused run moves on")
            rehearsal.command("proceed", run.journal)
            run.wait_for("more steps", lambda now: now["steps_done"] > told["steps_done"] + 5)
            rehearsal.command("abort", run.journal)
            run.ended(4)
        after = rehearsal.state()
        after["other_config"].pop("rolling_upgrade_in_progress", None)  # by the pool, while mixed
        check_same(before, after, "power", "ha", "wlb", "other_config", "drives", "enabled")
        check(len(set(after["versions"].values())) <= 2, "versions", after["versions"])
        late = rehearsal.command("pause", run.journal, expected=3)
        check("no run is under way" in late.stderr, late.stderr)
        # An abort is no end: the rest can be done another night.
        rehearsal.command(*rehearsal.resume_words("a.journal"))
        check_upgraded(before, rehearsal.state())


def one_by_one(program, scenarios):
    """--step asks before every host; skip leaves one as it is, and the end says so."""
    with Rehearsal(program, scenarios, "4-hosts") as rehearsal:
        before = rehearsal.state()
        with Beside(rehearsal, "a.journal", "--step") as run:
            asked = []
            while True:
                told = run.wait_for("a question", lambda told: told["standing"] == "asking" and
                                    told["sentence"].split()[1] not in asked)
                host = told["sentence"].split()[1]  # "may srv-1 be done?"
                asked.append(host)
                if len(asked) == len(before["versions"]):
                    break
                rehearsal.command("proceed", run.journal, host)
            rehearsal.command("skip", run.journal, asked[-1])
            printed, _ = run.ended(4)
        after = rehearsal.state()
        check(asked[-1] in printed, "the host left out is not named", printed)
        old = [host for host, version in after["versions"].items()
               if version != TARGET["platform"]]
        check(old == asked[-1:], "not upgraded:", old, "skipped:", asked[-1:])
        # The pool itself notes that it is between two versions.
        check(after["other_config"].pop("rolling_upgrade_in_progress") == "true", "it is mixed")
        check_same(before, after, "power", "ha", "wlb", "other_config", "drives", "enabled")


TO_DO = "is disabled and empty: upgrade it now to " + TARGET["label"]


def asked_for(told):
    """The hosts at whose consoles a person has to do something."""
    return [part.split()[0] for part in told["sentence"].split("; ") if TO_DO in part]


def guided(program, scenarios):
    """--guided: the run says what to do at each host and sees by itself when it is done."""
    with Rehearsal(program, scenarios, "4-hosts") as rehearsal:
        before = rehearsal.state()
        pages = rehearsal.path("pages")
        rehearsal.file("page.sh", f"echo \"$VACATE_EVENT $VACATE_SENTENCE\" >> {pages}\n")
        page = f"/bin/sh {rehearsal.path('page.sh')}"
        words = rehearsal.run_words("a.journal", "--notify-command", page, by="--guided")
        done = []
        died = False
        run = Beside(rehearsal, "a.journal", words=words)
        try:
            while len(done) < len(before["versions"]):
                told = run.wait_for("something to do", lambda told: set(asked_for(told)) - set(done))
                if done and not died:  # whoever comes after it says the same
                    died = True
                    run.__exit__()
                    run = Beside(rehearsal, "a.journal", words=rehearsal.resume_words("a.journal"))
                    continue
                for host in set(asked_for(told)) - set(done):
                    session = Session(rehearsal.pool)
                    session.host.reboot(session.host.get_by_name_label(host)[0])
                    done.append(host)
            _, said = run.ended(0)
        finally:
            run.__exit__()
        _, _, after = " ".join(said.split()).partition("goes on: ")
        check(TO_DO in after, "the resumed run does not say what is to be done", said)
        check_upgraded(before, rehearsal.state())
        with open(pages, encoding="utf-8") as file:
            paged = file.read()
        for host in done:
            check(f"need-for-operator {host} (" in paged, host, "was not paged", paged)


def resumed(program, scenarios):
    """What a resumption asks before it touches anything: the password, locks, tasks, moves."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        rehearsal.file("wrong", "not the password\n")
        # After an abort nothing is to be put back.
        with Beside(rehearsal, "a.journal") as run:
            run.wait_for("a step done", lambda told: told["steps_done"] > 1)
            rehearsal.command("abort", run.journal)
            run.ended(4)
        size = os.path.getsize(rehearsal.path("a.journal"))
        words = ["run", "--resume", "--journal", rehearsal.path("a.journal")]
        refused = rehearsal.command(*words, "--fingerprint", rehearsal.pool.told["fingerprint"],
                                    "--password-file", rehearsal.path("wrong"), expected=3)
        check("does not accept user root" in refused.stderr, refused.stderr)
        check("--password-file" in refused.stderr, "no remedy", refused.stderr)
        with Rehearsal(program, scenarios, "4-hosts") as other:
            there = other.state()
            refused = other.command("run", other.pool.url, "--resume", "--journal",
                                    rehearsal.path("a.journal"), *other.access(), expected=3)
            check("another pool answers there" in refused.stderr, refused.stderr)
            check(other.state() == there, "another pool was changed")
        check(os.path.getsize(rehearsal.path("a.journal")) == size, "the journal grew")
        session = Session(rehearsal.pool)
        pool, = session.pool.get_all()
        session.pool.add_to_other_config(pool, "vacate_run", json.dumps(
            {"run": "run-9", "owner": "else@where", "since": "2026-01-01T00:00:00Z"}))
        refused = rehearsal.command(*rehearsal.resume_words("a.journal"), expected=1)
        check("POOL_IS_LOCKED" in refused.stdout, refused.stdout)
        session.pool.remove_from_other_config(pool, "vacate_run")
        # A VM of the plan that cannot move: nothing is to be put back, so nothing is begun.
        with open(rehearsal.path("plan.json"), encoding="utf-8") as file:
            moved = next(step for step in json.load(file)["steps"] if step["kind"] == "migrate")
        vm, = session.VM.get_by_name_label(moved["vm"])
        session.VM.set_blocked_operations(vm, {"migrate_send": "by the test"})
        refused = rehearsal.command(*rehearsal.resume_words("a.journal"), expected=1)
        check("MOVE_REFUSED" in refused.stdout and moved["vm"] in refused.stdout, refused.stdout)
        check(os.path.getsize(rehearsal.path("a.journal")) == size, "the journal grew")
        session.VM.set_blocked_operations(vm, {})
        session.task.create("Backup of everything", "by hand")
        done = rehearsal.command(*rehearsal.resume_words("a.journal"))
        check("TASK_PENDING" in done.stderr, "the task is not named", done.stderr)
        check_upgraded(before, rehearsal.state())


def unfit(program, scenarios):
    """A plan that does not fit the pool is refused in a few lines; check --pool says what drifted."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        plan, before = rehearsal.path("plan.json"), rehearsal.state()
        check_words = ["check", "--pool", rehearsal.pool.url, plan, *rehearsal.access()]
        clear = rehearsal.command(*check_words)
        check("can be carried out, 0 of" in clear.stdout, clear.stdout)
        # Made for another pool: names of 16 hosts, of which this one has 8.
        rehearsal.command("plan", f"{scenarios}/typical/16-hosts.json", "--set",
                          "policy.hosts_down_max=16", "-o", rehearsal.path("other.json"))
        words = [rehearsal.path("other.json") if word == plan else word
                 for word in rehearsal.run_words("a.journal")]
        refused = rehearsal.command(*words, expected=2)
        check("it is not for this pool" in " ".join(refused.stderr.split()), refused.stderr)
        check("srv-09" in refused.stderr and "vacate capture" in refused.stderr, refused.stderr)
        check(refused.stderr.count("\n") < 10, "too many lines", refused.stderr)
        # Moved by hand: the first move of the plan starts elsewhere.
        with open(plan, encoding="utf-8") as file:
            steps = json.load(file)["steps"]
        first = next(step for step in steps if step["kind"] == "migrate")
        session = Session(rehearsal.pool)
        vm, = session.VM.get_by_name_label(first["vm"])
        host, = session.host.get_by_name_label(first["to"])
        session.VM.pool_migrate(vm, host, {"live": "true"})
        refused = rehearsal.command(*rehearsal.run_words("a.journal"), expected=1)
        said = " ".join(refused.stdout.split())
        check("[STEP_FORBIDDEN]" in said, said)
        check(f"{first['vm']} runs on {first['to']}, not on {first['from']}" in said, said)
        check("(sense)" not in said and "vm elsewhere" in said and "vacate check --pool" in said,
              said)
        check(refused.stdout.count("\n") < 40, "too many lines", refused.stdout)
        drifted = rehearsal.command(*check_words, "--json", expected=None)
        told = json.loads(drifted.stdout)
        check([(one["kind"], one["name"]) for one in told["drift"]] ==
              [("vm_elsewhere", first["vm"])], told["drift"])
        check(not os.path.exists(rehearsal.path("a.journal")), "a journal was made")
        check_same(before, rehearsal.state(), "versions", "enabled", "other_config")
        # A journal holds one run, and it is said before anything is asked.
        rehearsal.file("old.journal", "")
        again = rehearsal.command(*rehearsal.run_words("old.journal"), expected=3)
        check("a journal of this name already" in " ".join(again.stderr.split()), again.stderr)
        check(again.stderr.count("\n") < 6, "too many lines", again.stderr)


def emptied(program, scenarios):
    """An evacuation and a placement restart nothing: nobody has to say how hosts are upgraded."""
    with Rehearsal(program, scenarios, "4-hosts") as rehearsal:
        before = rehearsal.state()
        planning = ["plan", rehearsal.path("pool.json"),
                    *[word for one in rehearsal.sets for word in ("--set", one)]]
        whole = rehearsal.command(*planning)
        host = max(before["versions"])
        plan = [*planning, "--hosts", host, "--action", "evacuate"]
        partly = rehearsal.command(*plan, "-o", rehearsal.path("plan.json"))
        check("[PV_GUEST]" in whole.stdout, "no PV guest to tell of", whole.stdout)
        check("[PV_GUEST]" not in partly.stdout, "told of hosts that stay", partly.stdout)
        words = [word for word in rehearsal.run_words("a.journal") if word != "--reboot"]
        rehearsal.command(*words)
        after = rehearsal.state()
        check_same(before, after, "versions", "power", "other_config", "ha", "wlb", "drives")
        check([name for name, on in after["enabled"].items() if not on] == [host], after["enabled"])
        check(host not in after["places"].values(), "not empty", after["places"])
        # With restarts one way must be given, and two are too many.
        rehearsal.command(*planning, "-o", rehearsal.path("plan.json"))
        both = rehearsal.command(*rehearsal.run_words("b.journal", "--guided"), expected=2)
        check("one of them says" in both.stderr, both.stderr)
        words = [word for word in rehearsal.run_words("b.journal") if word != "--reboot"]
        none = rehearsal.command(*words, expected=2)
        check("one of them says" in none.stderr, none.stderr)


def disk_full(program, scenarios):
    """A journal that cannot grow stops the run safely; with room it goes on to the end."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        with Beside(rehearsal, "a.journal") as run:
            run.wait_for("some steps done", lambda told: told["steps_done"] > 5)
            room = os.path.getsize(run.journal) + 100  # less than two records take
            resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (room, room))
            _, said = run.ended(4)
            check("the journal cannot be written: File too large" in " ".join(said.split()), said)
        stopped = rehearsal.state()
        time.sleep(1)  # what was sent has ended by now, and nothing new began
        check(set(rehearsal.state()["power"].values()) == set(before["power"].values()),
              "a VM is down after the disk was full", stopped["power"])
        told = json.loads(rehearsal.command("status", run.journal, "--json").stdout)
        check(told["standing"] == "interrupted", told)
        rehearsal.command(*rehearsal.resume_words("a.journal"))
        check_upgraded(before, rehearsal.state())


def read_only(program, scenarios, library):
    """The journal's file system turns read-only: no file can be written, and nothing is begun."""
    with Rehearsal(program, scenarios, "8-hosts") as rehearsal:
        before = rehearsal.state()
        flag = rehearsal.path("read-only")
        environment = {"LD_PRELOAD": library, "VACATE_READ_ONLY": flag}
        with Beside(rehearsal, "a.journal", environment=environment) as run:
            run.wait_for("some steps done", lambda told: told["steps_done"] > 5)
            rehearsal.file("read-only", "")
            _, said = run.ended(4)
            said = " ".join(said.split())
            check("the journal cannot be written: Read-only file system" in said, said)
            check("make room" in said and "vacate run --resume" in said, said)
        size = os.path.getsize(run.journal)
        time.sleep(2)  # what was sent has ended by now, and nothing new began
        stopped = rehearsal.state()
        check(set(stopped["power"].values()) == set(before["power"].values()),
              "a VM is down after the journal was lost", stopped["power"])
        time.sleep(1)
        check(rehearsal.state() == stopped, "something was begun without a journal")
        check(os.path.getsize(run.journal) == size, "the journal was written to")
        rehearsal.command(*rehearsal.resume_words("a.journal"))
        check_upgraded(before, rehearsal.state())


def main():
    program, scenarios, what = sys.argv[1:4]
    if what == "killed":
        killed(program, scenarios, int(sys.argv[4]))
    elif what == "read_only":
        read_only(program, scenarios, sys.argv[4])
    else:
        {"whole": whole, "no_journal": no_journal, "words": words, "disk_full": disk_full,
         "resumed": resumed, "unfit": unfit, "one_by_one": one_by_one, "squeezed": squeezed,
         "guided": guided, "emptied": emptied}[what](program, scenarios)
    print("passed:", what)


if __name__ == "__main__":
    main()
