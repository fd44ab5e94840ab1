# The command line of `vacate poolserver`: what it refuses, what it prints, whom it lets in, and
# that nobody beyond this machine reaches it. Usage: command.py VACATE SCENARIO
import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from pool import Failure, Pool, Session, check

PROGRAM, SCENARIO = sys.argv[1:]


def refused(*options, status=2):
    run = subprocess.run([PROGRAM, "poolserver", SCENARIO, *options], timeout=60,
                         capture_output=True, text=True, check=False)
    check(run.returncode == status, options, "ended with", run.returncode, run.stderr)
    check(run.stdout == "", options, "printed", run.stdout)
    return run.stderr


def expect(text, *parts):
    for part in parts:
        check(part in text, repr(part), "is not in", repr(text))


def wrong_options(folder):
    empty, faults = folder / "empty", folder / "faults.json"
    empty.write_text("\n")
    faults.write_text('{"about": "x", "faults": [{"what": "explode"}, {"what": 7}]}')
    expect(refused("--port", "70000"), "70000")
    expect(refused("--port", "http"), "--port")
    expect(refused("--seed", "-1"), "--seed")
    expect(refused("--frobnicate"), "--frobnicate")
    expect(refused("--speed", "fast"), "--speed", '"fast"', "0.001", "max")
    expect(refused("--speed", "0"), "--speed")
    expect(refused("--user", "eve:king"), '"eve:king"', "pool-operator", "read-only")
    expect(refused("--user", ""), "--user", "NAME:ROLE")
    expect(refused("--user", "eve", "--user", "eve:read-only"), '"eve" is given twice')
    expect(refused("--password-file", str(folder / "none")), str(folder / "none"))
    expect(refused("--password-file", str(empty)), "line 1", "no password for root")
    expect(refused("--faults", str(faults)), '"explode"', "refuse_call", "/faults/1/what")
    # All mistakes at once.
    expect(refused("--speed", "fast", "--password-file", str(folder / "none"), "--faults",
                   str(folder / "other")), "3 errors", "--speed", "none", "other")
    expect(refused("--address", "nowhere"), "nowhere")
    expect(refused("--address", "0.0.0.0"), "0.0.0.0")
    expect(refused("--address", "127.255.255.254"), "loopback addresses")
    # An address of the range that is kept for documents is nobody's.
    expect(refused("--address", "192.0.2.1", status=3), "192.0.2.1", "--address")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        expect(refused("--port", port, status=3), port, "--port")
    answer = subprocess.run([PROGRAM, "poolserver", SCENARIO, "--json", "--speed", "fast"],
                            timeout=60, capture_output=True, text=True, check=False)
    (item,) = json.loads(answer.stdout)["error"]["items"]
    check(item["place"] == "--speed", "the place of a mistake is", item["place"])


def sockets_of(process):
    """Local addresses that a process listens at, as /proc/net has them."""
    folder = Path(f"/proc/{process}/fd")
    links = [os.readlink(each) for each in folder.iterdir()]
    own = {link[8:-1] for link in links if link.startswith("socket:[")}
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in own and fields[3] == "0A":  # LISTEN
                found.append(fields[1].split(":")[0])
    return found


def words():
    """As text, for people; ended by Ctrl-C."""
    command = [PROGRAM, "poolserver", SCENARIO]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        lines = []
        while not lines or not lines[-1].startswith("stop "):
            lines.append(process.stdout.readline())
            check(lines[-1], "it ended after", lines)
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
        check(process.returncode == 0, "Ctrl-C ends it with", process.returncode)
    expect("".join(lines), "pool four hosts at https://127.0.0.1:", "this machine only",
           "root, pool-admin", "fingerprint", "speed        1\n")
    check(rest == "stopped\n", "its last words are", rest)


def loopback():
    with Pool(PROGRAM, SCENARIO) as pool:
        check(pool.told["loopback_only"], "it does not say that it is on loopback")
        found = sockets_of(pool.process.pid)
        check(len(found) == len(pool.told["hosts"]), "it listens at", found)
        for address in found:  # little endian: 127.x.y.z ends in 7F
            check(len(address) == 8 and address.endswith("7F"), "it listens at", address)


def login_error(pool, user, password):
    pool.user, pool.password = user, password
    before = time.monotonic()
    try:
        Session(pool)
    except Failure as failure:
        return failure.code, time.monotonic() - before
    return "", 0


def users(folder):
    """Passwords from a file, roles, and no TLS."""
    file = folder / "passwords"
    file.write_text("first & <best>\r\nsecond\n")
    with Pool(PROGRAM, SCENARIO, "--no-tls", "--user", "root", "--user", "eve:read-only",
              "--password-file", str(file), "--speed", "5") as pool:
        check("password" not in pool.told and "fingerprint" not in pool.told, pool.told)
        check(pool.url.startswith("http://"), "without TLS it is at", pool.url)
        code, waited = login_error(pool, "root", "second")
        check(code == "SESSION_AUTHENTICATION_FAILED" and waited > 0.9, code, waited)  # 5 s / 5
        check(login_error(pool, "eve", "second")[0] == "", "eve is not let in")
        session = Session(pool)
        (host, *_) = session.host.get_all()
        try:
            session.host.disable(host)
            check(False, "who may only read disabled a host")
        except Failure as failure:
            check(failure.code == "RBAC_PERMISSION_DENIED", failure)
        pool.user, pool.password = "root", "first & <best>"
        session = Session(pool)
        check(session.host.disable(host) == "", "root disabled nothing")
        dumps(pool, session)


def operator(folder):
    """Over the wire: an operator may do what `xe` steps of an upgrade take, but no plugin and no
    dump; each is answered late for a wrong password."""
    file = folder / "three"
    file.write_text("one\ntwo\nthree\n")
    with Pool(PROGRAM, SCENARIO, "--user", "root", "--user", "op:pool-operator", "--user",
              "eve:read-only", "--password-file", str(file), "--speed", "10", "--no-tls") as pool:
        check([user["role"] for user in pool.told["users"]] ==
              ["pool-admin", "pool-operator", "read-only"], pool.told["users"])
        for user in ("root", "op", "eve", "nobody"):
            code, waited = login_error(pool, user, "wrong")
            check(code == "SESSION_AUTHENTICATION_FAILED" and waited > 0.4, user, code, waited)
        before = time.monotonic()
        check(fetch(pool.url + "/pool/xmldbdump", basic("op", "wrong"))[0] == 401, "let in")
        check(time.monotonic() - before > 0.4, "a wrong password is refused at once")  # 5 s / 10
        pool.user, pool.password = "op", "two"
        session = Session(pool)
        (host, *_) = session.host.get_all()
        session.host.disable(host)
        check(not session.host.get_enabled(host), "the operator disabled nothing")
        session.host.enable(host)
        session.host.add_to_other_config(host, "key", "value")
        try:
            session.host.call_plugin(host, "plugin", "main", {})
            check(False, "an operator called a plugin")
        except Failure as failure:
            check(failure.words[:2] == ["RBAC_PERMISSION_DENIED", "host.call_plugin"], failure)
        key = session._key  # pylint: disable=protected-access
        status = fetch(f"{pool.url}/pool/xmldbdump?session_id={key}")[0]
        check(status == 403, "an operator fetched the dump:", status)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def fetch(url, authorization="", follow=True):
    request = urllib.request.Request(url)
    if authorization:
        request.add_header("Authorization", authorization)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(*([] if follow else [Stay()]))
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def dumps(pool, session):
    """The database dump: by a session, by name and password, through a member."""
    path = "/pool/xmldbdump"
    key = session._key  # pylint: disable=protected-access
    status, body = fetch(f"{pool.url}{path}?session_id={key}")
    check(status == 200 and b'<table name="host"><row ' in body, status, body[:200])
    check(fetch(pool.url + path, basic("root", "first & <best>"))[0] == 200, "not by password")
    check(fetch(pool.url + path, basic("eve", "second"))[0] == 403, "who may only read got the dump")
    for wrong in (basic("root", "wrong"), "", "Basic", "Basic ", "Basic ====", "Basic %%%%",
                  "Basic cm9vdA==", "Basic cm9v", "Bearer x", "Basic " + "A" * 4000):
        status, headers = fetch(pool.url + path, wrong)
        check(status == 401 and headers["WWW-Authenticate"].startswith("Basic"), wrong, status)
    member = next(host["url"] for host in pool.told["hosts"] if host["url"] != pool.url)
    status, headers = fetch(f"{member}{path}?session_id={key}", follow=False)
    check(status == 302, "a member answers", status)
    check(headers["Location"] == f"{pool.url}{path}?session_id={key}", headers["Location"])
    check(fetch(f"{member}{path}?session_id={key}")[0] == 200, "not through a member")


def seeds():
    """The same seed gives the same references, another one others."""
    found = []
    for seed in ("1", "1", "2"):
        with Pool(PROGRAM, SCENARIO, "--seed", seed) as pool:
            found.append(sorted(pool.session().VM.get_all()))
    check(found[0] == found[1] and not set(found[0]) & set(found[2]), "seeds and references")


def jumps():
    """Time that jumps leaves a client that polls its task, and its session."""
    with Pool(PROGRAM, SCENARIO, "--speed", "max") as pool:
        session = pool.session()
        (vm, *_) = [each for each, record in session.VM.get_all_records().items()
                    if "pool_migrate" in record["allowed_operations"]]
        here = session.VM.get_resident_on(vm)
        (there, *_) = [host for host in session.VM.get_possible_hosts(vm) if host != here]
        mine = session.task.create("mine", "")
        task = session.Async.VM.pool_migrate(vm, there, {})
        begun = session.host.get_servertime(there)
        time.sleep(2)  # far more than a day for the pool, if anything were to happen in it
        check(session.task.get_status(task) == "success", session.task.get_record(task))
        check(session.VM.get_resident_on(vm) == there, "it is not there")
        check(session.task.get_status(mine) == "pending", "a task of the client's expired")
        check(session.host.get_servertime(there).value > begun.value, "time stands still")


with tempfile.TemporaryDirectory() as temporary:
    wrong_options(Path(temporary))
    words()
    loopback()
    users(Path(temporary))
    operator(Path(temporary))
    seeds()
    jumps()
print("ran: the command line of vacate poolserver")
