# A simulated pool for the length of a test, calls to it by XML-RPC, and tests that are left out.
import json
import ssl
import subprocess
import sys
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
        self.password = self.told["password"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        check(status == 0, "the server ended with status", status)

    def memory_peak(self):
        """The most memory that the server has held, in bytes (Linux: VmHWM)."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

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
        self._server = xmlrpc.client.ServerProxy(pool.url, context=pool.trust())
        self._key = self._value(
            self._server.session.login_with_password(pool.user, pool.password))

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
