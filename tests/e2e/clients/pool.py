# A simulated pool for the length of a test, calls to it by XML-RPC, and tests that are left out.
import contextlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import xmlrpc.client


def skip(reason):
    """Ends the test as one that did not run; ctest counts it as skipped."""
    print("skipped:", reason, flush=True)
    sys.exit(77)


def check(condition, *words):
    if not condition:
        sys.exit(" ".join(["failed:", *map(str, words)]))


class Pool:
    """`vacate poolserver`, started here and stopped at the end of the block."""

    def __init__(self, program, scenario, *options):
        self.command = [program, "poolserver", scenario, "--port", "0", "--json", *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        told = self.process.stdout.readline()
        check(told, "the pool did not start:", " ".join(self.command))
        self.told = json.loads(told)
        self.url, self.user = self.told["url"], self.told["user"]
        self.password = self.told.get("password", "")  # none where a file has it
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        check(status == 0, "the server ended with status", status)

    def session(self):
        return Session(self)

    def memory_peak(self):
        """The most memory that the server has held, in bytes (Linux: VmHWM)."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def processor_time(self):
        """The processor's seconds that the server has used, its system calls' too (Linux)."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()  # a name may have blanks
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def trust(self):
        """The certificate is made anew with every start: this takes it as it comes."""
        return ssl._create_unverified_context()  # pylint: disable=protected-access


class Failure(Exception):
    """What a call was refused with: the code first."""

    def __init__(self, words):
        super().__init__(" ".join(words))
        self.code, self.words = words[0], words


class Session:
    """Calls by XML-RPC: session.VM.get_record(ref) gives the value or raises Failure."""

    def __init__(self, pool):
        self._pool = pool
        self._log_in()

    def _log_in(self):
        context = self._pool.trust() if self._pool.url.startswith("https:") else None
        self._server = xmlrpc.client.ServerProxy(self._pool.url, context=context)
        self._key = self._value(
            self._server.session.login_with_password(self._pool.user, self._pool.password))

    def log_in_again(self):
        """As often as it takes: a coordinator that boots refuses connections, then logins."""
        while True:
            try:
                return self._log_in()
            except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError):
                pass
            except Failure as failure:
                check(failure.code == "HOST_STILL_BOOTING", "the login failed with", failure)
            time.sleep(0.05)

    @staticmethod
    def _value(answer):
        if answer["Status"] != "Success":
            raise Failure(answer["ErrorDescription"])
        return answer["Value"]

    def call(self, method, *arguments):
        return self._value(getattr(self._server, method)(self._key, *arguments))

    def methods(self):
        return self._server.system.listMethods()  # without the usual Status around it

    def __getattr__(self, name):
        return Named(self, name)


class Named:
    """What stands between the dots of a method's name."""

    def __init__(self, session, name):
        self._session, self._name = session, name

    def __getattr__(self, name):
        return Named(self._session, f"{self._name}.{name}")

    def __call__(self, *arguments):
        return self._session.call(self._name, *arguments)


@contextlib.contextmanager
def scenario_with(path, **of_the_pool):
    """The scenario with other settings of its pool: a path for the server, and what it says."""
    with open(path, encoding="utf-8") as file:
        scenario = json.load(file)
    scenario["pool"].update(of_the_pool)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as changed:
        json.dump(scenario, changed)
        changed.flush()
        yield changed.name, scenario


def guests(session, host):
    """VMs on a host but its control domain."""
    resident = session.host.get_resident_VMs(host)
    return [vm for vm in resident if not session.VM.get_is_control_domain(vm)]


def running(session):
    return {vm for vm, record in session.VM.get_all_records().items()
            if record["power_state"] == "Running" and not record["is_a_template"]}


def coordinator_first(session):
    """All hosts, the coordinator and then by name."""
    (coordinator,) = {record["master"] for record in session.pool.get_all_records().values()}
    hosts = session.host.get_all_records()
    return sorted(hosts, key=lambda host: (host != coordinator, hosts[host]["name_label"]))


def finish(session, task):
    """Waits for a task; its failure is ours."""
    while (status := session.task.get_status(task)) == "pending":
        time.sleep(0.02)
    check(status == "success", "a task ended as", status, session.task.get_error_info(task))
    session.task.destroy(task)


def empty_one_by_one(session, source):
    """Each VM to the host with the most free memory, followed as a task."""
    others = [host for host in session.host.get_all() if host != source]
    for vm in guests(session, source):
        free = {host: int(session.host.compute_free_memory(host)) for host in others}
        target = max(others, key=lambda host: free[host])
        finish(session, session.Async.VM.pool_migrate(vm, target, {"live": "true"}))
        check(session.VM.get_resident_on(vm) == target, "a VM is not where it was sent")


def wait_for_version(session, host, wanted):
    """Until the host is back with that version and enabled, and all others are there; logs in
    again when the coordinator went away."""
    while True:
        try:
            hosts = session.host.get_all_records()
            live = [session.host_metrics.get_live(each["metrics"]) for each in hosts.values()]
            found = hosts[host]["software_version"]["platform_version"]
            if all(live) and hosts[host]["enabled"] and found == wanted:
                return
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError):
            session.log_in_again()
        except Failure as failure:
            waits = ("SESSION_INVALID", "HOST_STILL_BOOTING")
            check(failure.code in waits, "waiting for a host failed with", failure)
            session.log_in_again()
        time.sleep(0.02)
