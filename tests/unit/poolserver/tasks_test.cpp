// The asynchronous form of calls, and what is known of a task until it is gone.
#include "tools/poolserver/tasks.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/poolserver/client.hpp"

namespace vacate::poolserver {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

/// A pool where host.evacuate takes ten seconds, moves its progress at five, and can be
/// cancelled, and host.shutdown fails at once.
class Workshop {
  public:
    Workshop() : service(small_scenario(), {}), client(service) {
        service.handle("host.evacuate", [this](const Caller& caller, const Array&,
                                               const Done& done) {
            const std::string task = caller.task;
            service.agenda().after(5s, [this, task] { service.tasks().set_progress(task, 0.5); });
            const auto end =
                service.agenda().after(10s, [done] { done(text("all <moved> & well")); });
            service.tasks().on_cancel(task, [this, done, end, task] {
                service.agenda().cancel(end);
                service.agenda().after(1s, [done, task] {
                    done(failure({"TASK_CANCELLED", task}));
                });
            });
        });
        service.handle("host.shutdown", [](const Caller&, const Array&, const Done& done) {
            done(failure({"HOST_NOT_DISABLED"}));
        });
        client.log_in();
    }
    std::string evacuate() {
        return client.words("Async.host.evacuate", {text(service.hosts()[1])});
    }
    Value field(const std::string& task, const std::string& name) {
        return client.value("task.get_" + name, {text(task)});
    }

    PoolService service;
    Client client;
};

}  // namespace

TEST_CASE("one handler serves the call and its asynchronous form", "[poolserver][tasks]") {
    Workshop shop;
    const auto waiting = shop.client.begin_here("host.evacuate", {text(shop.service.hosts()[1])});
    const std::string task = shop.evacuate();
    CHECK_FALSE(waiting->replied);
    CHECK(shop.field(task, "status") == text("pending"));
    CHECK(shop.field(task, "name_label") == text("Async.host.evacuate"));
    CHECK(shop.field(task, "resident_on") == text(shop.service.hosts()[0]));
    CHECK(shop.field(task, "type") == text("<none/>"));
    shop.service.advance(at(5s));
    CHECK(shop.field(task, "progress") == Value{0.5});
    shop.service.advance(at(10s));
    REQUIRE(waiting->replied);
    CHECK(**waiting->answer == text("all <moved> & well"));
    CHECK(shop.field(task, "status") == text("success"));
    CHECK(shop.field(task, "progress") == Value{1.0});
    CHECK(shop.field(task, "result") == text("<value>all &lt;moved&gt; &amp; well</value>"));
    CHECK(shop.field(task, "allowed_operations") == Value{Array{}});
    CHECK(std::get<DateTime>(shop.field(task, "finished").of).seconds ==
          std::get<DateTime>(shop.field(task, "created").of).seconds + 10);
}

TEST_CASE("a task that failed has the error of the call", "[poolserver][tasks]") {
    Workshop shop;
    const std::string task =
        shop.client.words("Async.host.shutdown", {text(shop.service.hosts()[1])});
    CHECK(shop.field(task, "status") == text("failure"));
    CHECK(shop.field(task, "error_info") == Value{Array{text("HOST_NOT_DISABLED")}});
    CHECK(shop.field(task, "result") == text(""));
}

TEST_CASE("bad arguments and sessions make no task", "[poolserver][tasks]") {
    Workshop shop;
    CHECK(shop.client.error("Async.host.evacuate") ==
          Words{"MESSAGE_PARAMETER_COUNT_MISMATCH", "host.evacuate", "1", "0"});
    CHECK(shop.client.error("Async.host.evacuate", {text("OpaqueRef:x")}) ==
          Words{"HANDLE_INVALID", "host", "OpaqueRef:x"});
    CHECK(shop.client.error("Async.task.create", {text(""), text("")})[0] ==
          "MESSAGE_METHOD_UNKNOWN");
    CHECK(shop.client.error("Async.host.get_enabled", {text(shop.service.hosts()[0])})[0] ==
          "MESSAGE_METHOD_UNKNOWN");
    CHECK(shop.service.database().table("task").empty());
}

TEST_CASE("a task is cancelled only when it says that it can be", "[poolserver][tasks]") {
    Workshop shop;
    const std::string task = shop.evacuate();
    CHECK(shop.field(task, "allowed_operations") == Value{Array{text("cancel")}});
    shop.client.value("task.cancel", {text(task)});
    CHECK(shop.field(task, "status") == text("cancelling"));
    CHECK(shop.client.error("task.cancel", {text(task)})[0] == "OPERATION_NOT_ALLOWED");
    shop.service.advance(at(1s));
    CHECK(shop.field(task, "status") == text("cancelled"));
    CHECK(shop.field(task, "error_info") == Value{Array{text("TASK_CANCELLED"), text(task)}});
    shop.service.advance(at(20s));  // what was cancelled does not happen
    CHECK(shop.field(task, "status") == text("cancelled"));
    const std::string own = shop.client.words("task.create", {text("l"), text("d")});
    CHECK(shop.client.error("task.cancel", {text(own)})[0] == "OPERATION_NOT_ALLOWED");
}

TEST_CASE("completed tasks are kept for 65 minutes, pending ones for a day",
          "[poolserver][tasks]") {
    Workshop shop;
    const std::string done = shop.evacuate();  // ends at 10 s
    const std::string idle = shop.client.words("task.create", {text("l"), text("d")});
    shop.service.advance(at(10s + 65min - 1us));
    CHECK(shop.field(done, "status") == text("success"));
    shop.service.advance(at(10s + 65min));
    CHECK(shop.client.error("task.get_status", {text(done)}) ==
          Words{"HANDLE_INVALID", "task", done});
    shop.service.advance(at(24h - 1us));
    CHECK(shop.field(idle, "status") == text("pending"));
    shop.service.advance(at(24h));
    shop.client.log_in();
    CHECK(shop.client.error("task.get_status", {text(idle)})[0] == "HANDLE_INVALID");
}

TEST_CASE("a destroyed task goes on unobserved", "[poolserver][tasks]") {
    Workshop shop;
    const std::string task = shop.evacuate();
    shop.client.value("task.destroy", {text(task)});
    shop.service.advance(at(10s));
    CHECK(shop.client.error("task.get_record", {text(task)})[0] == "HANDLE_INVALID");
}

TEST_CASE("clients keep their own tasks up to date", "[poolserver][tasks]") {
    Workshop shop;
    const std::string task = shop.client.words("task.create", {text("upgrade"), text("of a pool")});
    shop.client.value("task.set_progress", {text(task), {0.25}});
    shop.client.value("task.set_status", {text(task), text("success")});
    CHECK(shop.field(task, "progress") == Value{0.25});
    CHECK(shop.field(task, "status") == text("success"));
}

TEST_CASE("a closed connection hears nothing, whatever becomes of the call",
          "[poolserver][tasks]") {
    Workshop shop;
    const auto waiting = shop.client.begin_here("host.evacuate", {text(shop.service.hosts()[1])});
    shop.service.set_listening(0, false);
    CHECK_FALSE(shop.service.listens(0));
    REQUIRE(waiting->replied);
    CHECK_FALSE(waiting->answer);
    shop.service.advance(at(10s));  // the handler ends; a second reply would fail the client
}

TEST_CASE("tasks that live by the wall are there however far the pool's time jumps",
          "[poolserver][tasks]") {
    PoolService::Options options;
    options.tasks = {60s, 3600s, true};
    options.sessions.idle_max = Duration::max();
    PoolService service(small_scenario(), options);
    Client client(service);
    client.log_in();
    const std::string idle = client.words("task.create", {text("l"), text("d")});
    const std::string done = client.words("Async.VM.assert_agile",
                                          {text(service.database().table("VM").begin()->first)});
    CHECK(client.words("task.get_status", {text(done)}) != "pending");
    service.note_wall(at(59s));
    service.advance(at(48h));
    CHECK(client.words("task.get_status", {text(idle)}) == "pending");
    CHECK(client.words("task.get_status", {text(done)}) != "pending");
    service.note_wall(at(60s));
    CHECK(client.error("task.get_status", {text(done)}) == Words{"HANDLE_INVALID", "task", done});
    service.note_wall(at(3600s));
    CHECK(client.error("task.get_status", {text(idle)}) == Words{"HANDLE_INVALID", "task", idle});
}

}  // namespace vacate::poolserver
