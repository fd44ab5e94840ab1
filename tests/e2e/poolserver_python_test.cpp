// Clients that others wrote: Python's xmlrpc.client, on which XenAPI.py rests, and http.client.
#include <catch2/catch.hpp>
#include <iostream>

#include "tests/e2e/running_server.hpp"
#include "tests/support/run_program.hpp"

namespace vacate::e2e {
namespace {

const std::string script = R"(
import datetime, http.client, json, ssl, sys, xmlrpc.client

port, paper = int(sys.argv[1]), sys.argv[2]
trust = ssl.create_default_context(cafile=paper)
plain = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}")
secret = xmlrpc.client.ServerProxy(f"https://127.0.0.1:{port}", context=trust)
moment = xmlrpc.client.DateTime("20240101T00:00:00Z")
sent = ["text <&> \u00e4", "", 7, -2**31, 60.5, True, False, moment, ["a", []],
        {"k": {}, "b&": "1"}]
back = ["text <&> \u00e4", "", "7", str(-2**31), 60.5, True, False, moment, ["a", []],
        {"k": {}, "b&": "1"}]
for proxy in (plain, secret):
    for _ in range(3):
        answer = proxy.echo(*sent)
        assert answer == {"Status": "Success", "Value": back}, answer
    answer = proxy.fail()
    assert answer == {"Status": "Failure", "ErrorDescription": ["HANDLE_INVALID", "VM", "x<y>"]}
    assert answer["ErrorDescription"][0] == "HANDLE_INVALID"

try:
    xmlrpc.client.ServerProxy(f"https://127.0.0.1:{port}").echo()
    sys.exit("an unknown certificate was trusted")
except ssl.SSLCertVerificationError:
    pass

for connection in (http.client.HTTPConnection("127.0.0.1", port),
                   http.client.HTTPSConnection("127.0.0.1", port, context=trust)):
    for params in ([], ["a", 1, 2.5, None, {"x": [True]}]):
        body = {"jsonrpc": "2.0", "method": "echo", "params": params, "id": "me"}
        connection.request("POST", "/jsonrpc", json.dumps(body))
        reply = connection.getresponse()
        assert reply.status == 200 and reply.getheader("Content-Type") == "application/json"
        wanted = [("" if each is None else each) for each in params]
        assert json.load(reply) == {"jsonrpc": "2.0", "result": wanted, "id": "me"}
    connection.request("GET", "/page?a=b")
    assert connection.getresponse().read() == b"GET /page  a=b"
print("understood")
)";

TEST_CASE("server: Python's clients understand it, plain and by a trusted certificate",
          "[poolserver]") {
    const TemporaryFolder folder;
    if (run_program("/usr/bin/env", {"python3", "--version"}, folder.path("")).status != 0) {
        std::cout << "skipped: there is no python3\n";
        return;
    }
    const Running running;
    write_text(folder.path("paper.pem"), running.server().certificate_pem());
    write_text(folder.path("client.py"), script);
    const ProgramRun run = run_program("/usr/bin/env",
                                       {"python3", folder.path("client.py"),
                                        std::to_string(running.port()), folder.path("paper.pem")},
                                       folder.path(""));
    INFO(run.err);
    CHECK(run.status == 0);
    CHECK(run.out == "understood\n");
}

}  // namespace
}  // namespace vacate::e2e
