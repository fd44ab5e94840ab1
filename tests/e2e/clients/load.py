# A big pool under load: many clients that follow all events, a few that call, and rude ones.
# Nobody misses a change, the rude ones are refused meanwhile, and memory stays within bounds; so
# does the work while all of them wait and nothing happens.
# Usage: load.py VACATE
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from pool import Pool, check

HOSTS, VMS = 64, 1_500
FOLLOWERS, CALLERS, ROUNDS = 50, 4, 60
PATIENCE = 120  # of every single wait, in seconds: so that a test fails and does not hang
CALL_BYTES = 300 * 1024  # xapi takes no more

# Most the server may hold, in bytes. Measured on this pool: 53 MB when it starts, 59 MB more for
# the making of an answer with all VMs, which is 4.2 MB of text. In the worst case each follower
# waits for its own at once; half as much again is for allocators that differ.
MEMORY_MOST = (53 + 59 + FOLLOWERS * 4.2) * 1_000_000 * 1.5

# Most of the processor's seconds that 50 followers may cost more than one: while they wait for so
# many seconds, and for a change that they all see. Measured: 0.00 and 0.03.
QUIET = 5
QUIET_MOST, CHANGE_MOST = 0.5, 0.5

KEY = "load-test"


class Caller:
    """Calls by JSON-RPC over one connection."""

    def __init__(self, pool):
        where = urllib.parse.urlsplit(pool.url)
        self.connection = http.client.HTTPSConnection(where.hostname, where.port,
                                                      context=pool.trust(), timeout=PATIENCE)
        self.key = self.send("session.login_with_password", pool.user, pool.password)

    def send(self, method, *arguments):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments}
        self.connection.request("POST", "/jsonrpc", json.dumps(body))
        answer = json.load(self.connection.getresponse())
        if "result" not in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def call(self, method, *arguments):
        return self.send(method, self.key, *arguments)


class Follower:
    """Follows all VMs until each of those that change has its last value."""

    def __init__(self, pool, changing, failures, last=ROUNDS):
        self.pool, self.changing, self.failures, self.last = pool, changing, failures, last
        self.values = {}
        self.vms = 0

    def take(self, events):
        for event in events:
            before = self.values.get(event["ref"], 0)
            now = int(event["snapshot"]["other_config"].get(KEY, 0))
            assert now >= before, f"{event['ref']} went back from {before} to {now}"
            self.values[event["ref"]] = now

    def run(self, ready):
        caller = Caller(self.pool)
        answer = caller.call("event.from", ["vm"], "", 10.5)
        self.take(answer["events"])
        self.vms = len(answer["events"])
        ready.wait(PATIENCE)
        # When another client failed there may be no last value to wait for.
        while not self.failures and any(self.values[vm] < self.last for vm in self.changing):
            answer = caller.call("event.from", ["vm"], answer["token"], 10.5)
            self.take(answer["events"])


def change(pool, vm, ready):
    """Counts in one VM's other_config, and reads back what it wrote."""
    caller = Caller(pool)
    ready.wait(PATIENCE)
    for count in range(1, ROUNDS + 1):
        caller.call("VM.set_other_config", vm, {KEY: str(count)})
        seen = caller.call("VM.get_other_config", vm)
        assert seen == {KEY: str(count)}, f"wrote {count}, read {seen}"


def connect(pool):
    where = urllib.parse.urlsplit(pool.url)
    return socket.create_connection((where.hostname, where.port), PATIENCE)


def end_of(connection):
    """What is said until the server closes."""
    said = b""
    try:
        while more := connection.recv(65536):
            said += more
    except ConnectionResetError:
        pass
    return said


def be_slow(pool, ready):
    """A request line, and then nothing: the server gives such a client up."""
    clients = [connect(pool) for _ in range(20)]
    ready.wait(PATIENCE)
    for client in clients:
        client.sendall(b"POST /jsonrpc HTTP/1.1\r\nHost: a\r\n")
    for client in clients:
        said = end_of(client)
        assert said == b"" or b" 408 " in said, said[:80]


def be_big(pool, ready):
    """Bodies above the limit, announced or in chunks, are refused as xapi does, by a 500."""
    ready.wait(PATIENCE)
    head = b"POST /jsonrpc HTTP/1.1\r\nHost: a\r\n"
    for length in (CALL_BYTES + 1, 10**12, 10**20):
        for _ in range(10):
            with connect(pool) as client:
                client.sendall(head + f"Content-Length: {length}\r\n\r\n".encode())
                said = end_of(client)
                assert b" 500 " in said, said[:80]
    chunk = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"
    for _ in range(10):
        with connect(pool) as client:
            try:
                client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
                for _ in range(1000):  # 16 MB, if they are taken
                    client.sendall(chunk)
                said = end_of(client)  # it lets us talk on for a while, and forgets what we say
                assert b" 500 " in said, said[:80]
            except OSError:
                pass  # hung up on


def run(pool, threads):
    caller = Caller(pool)
    vms = sorted(vm for vm, record in caller.call("VM.get_all_records").items()
                 if not record["is_control_domain"] and not record["is_a_template"])
    check(len(vms) >= VMS, "only", len(vms), "VMs")
    changing = vms[:CALLERS]
    ready = threading.Barrier(FOLLOWERS + CALLERS + 2)
    failures = []
    followers = [Follower(pool, changing, failures) for _ in range(FOLLOWERS)]

    def guarded(act, *arguments):
        try:
            act(*arguments, ready)
        except Exception as problem:  # pylint: disable=broad-except
            failures.append(f"{getattr(act, '__qualname__', act)}: {problem!r}")
            ready.abort()

    for act, *arguments in [*((follower.run,) for follower in followers),
                            *((change, pool, vm) for vm in changing),
                            (be_slow, pool), (be_big, pool)]:
        threads.append(threading.Thread(target=guarded, args=(act, *arguments), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join(2 * PATIENCE)
        check(not thread.is_alive(), "a client still waits;", *failures[:3])
    check(not failures, len(failures), "clients failed:", *failures[:3])
    for follower in followers:
        check(follower.vms >= VMS, "a client was told of", follower.vms, "VMs only")
        check(all(follower.values[vm] == ROUNDS for vm in changing), "a change was missed")
    peak = pool.memory_peak()
    check(peak < MEMORY_MOST, "the server held", peak, "bytes, more than", MEMORY_MOST)
    print(f"{FOLLOWERS} clients saw the {ROUNDS} changes of {CALLERS} VMs among {len(vms)}; "
          f"{peak // 1_000_000} MB at most in the server")


def quiet_and_change(pool, vm, count, last):
    """The server's work while so many followers wait and nothing happens, and for one change that
    all of them see: in seconds of the processor, so that a slow machine counts no more."""
    ready, failures = threading.Barrier(count + 1), []
    followers = [Follower(pool, [vm], failures, last) for _ in range(count)]
    threads = [threading.Thread(target=each.run, args=(ready,), daemon=True) for each in followers]
    for thread in threads:
        thread.start()
    caller = Caller(pool)
    ready.wait(PATIENCE)
    begun = pool.processor_time()
    time.sleep(QUIET)
    waited = pool.processor_time()
    caller.call("VM.set_other_config", vm, {KEY: str(last)})
    for thread in threads:
        thread.join(2 * PATIENCE)
        check(not thread.is_alive(), "a follower still waits")
    check(all(each.values[vm] == last for each in followers), "a follower missed the change")
    return waited - begun, pool.processor_time() - waited


def be_quiet(pool):
    caller = Caller(pool)
    (vm, *_) = sorted(vm for vm, record in caller.call("VM.get_all_records").items()
                      if KEY not in record["other_config"])
    alone = quiet_and_change(pool, vm, 1, 1)
    many = quiet_and_change(pool, vm, FOLLOWERS, 2)
    words = [f"{quiet:.2f} s waiting, {change:.2f} s for a change"
             for quiet, change in (alone, many)]
    check(many[0] < alone[0] + QUIET_MOST, "work while nothing happens:", *words)
    check(many[1] < alone[1] + CHANGE_MOST, "work for one change:", *words)
    print(f"processor with 1 follower {words[0]}; with {FOLLOWERS} {words[1]}")


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        scenario = os.path.join(folder, "big.json")
        subprocess.run([program, "generate", "--hosts", str(HOSTS), "--vms", str(VMS),
                        "-o", scenario], check=True)
        with Pool(program, scenario) as pool:
            run(pool, [])
            be_quiet(pool)


main(*sys.argv[1:])
