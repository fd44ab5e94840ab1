// A client of the simulated pool in the same process, and scenarios to populate it from.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/codec/scenario.hpp"
#include "tools/poolserver/dispatch.hpp"

namespace vacate::poolserver {

/// The scenario of a file of the project.
[[nodiscard]] Scenario scenario_of(const std::string& relative);

/// Two hosts, three VMs, two of them running; an xapi that has VM groups.
inline Scenario small_scenario() {
    const Result<Scenario> scenario = read_scenario(R"({
        "about": "small",
        "pool": {"name": "small", "coordinator": "a",
                 "target": {"platform": "3.4.0", "xapi": "25.33"}},
        "networks": [{"name": "lan"}],
        "storages": [{"name": "san", "type": "nfs"}],
        "hosts": [
          {"name": "a", "memory": "16 GiB", "version": {"platform": "3.3.0", "xapi": "25.6"},
           "networks": ["lan"], "storages": ["san"]},
          {"name": "b", "memory": "16 GiB", "version": {"platform": "3.3.0", "xapi": "25.6"},
           "networks": ["lan"], "storages": ["san"]}
        ],
        "vms": [
          {"name": "db", "host": "a", "memory": "4 GiB", "storages": ["san"],
           "networks": ["lan"]},
          {"name": "web", "host": "b", "memory": "1 GiB", "storages": ["san"]},
          {"name": "off", "power": "halted", "memory": "1 GiB"}
        ]})",
                                                    "small");
    REQUIRE(scenario);
    return *scenario;
}

/// What became of one call.
struct Outcome {
    bool replied = false;
    std::optional<Answer> answer;  // none: the connection was closed
};

class Client {
  public:
    explicit Client(Service& service, std::size_t host = 0) : service_(&service), host_(host) {}

    /// Begins a call without a session of its own.
    std::shared_ptr<Outcome> begin(const std::string& method, Array parameters) {
        auto outcome = std::make_shared<Outcome>();
        service_->call({method, std::move(parameters), host_},
                       [outcome](std::optional<Answer> answer) {
                           REQUIRE_FALSE(outcome->replied);  // exactly once
                           outcome->replied = true;
                           outcome->answer = std::move(answer);
                       });
        return outcome;
    }
    std::shared_ptr<Outcome> begin_here(const std::string& method, Array parameters = {}) {
        parameters.insert(parameters.begin(), text(session_));
        return begin(method, std::move(parameters));
    }

    void log_in(const std::string& user = "root", const std::string& password = "root") {
        const auto outcome = begin("session.login_with_password", {text(user), text(password)});
        REQUIRE(outcome->replied);
        REQUIRE(outcome->answer->has_value());
        session_ = std::get<std::string>((**outcome->answer).of);
    }
    [[nodiscard]] const std::string& session() const { return session_; }
    void use(const std::string& session) { session_ = session; }

    /// A call that is answered at once.
    Answer call(const std::string& method, Array parameters = {}) {
        const auto outcome = begin_here(method, std::move(parameters));
        INFO(method);
        REQUIRE(outcome->replied);
        REQUIRE(outcome->answer);
        return *outcome->answer;
    }
    Value value(const std::string& method, Array parameters = {}) {
        const Answer answer = call(method, std::move(parameters));
        INFO(method << " " << (answer ? "" : answer.error().description[0]));
        REQUIRE(answer);
        return *answer;
    }
    std::string words(const std::string& method, Array parameters = {}) {
        return std::get<std::string>(value(method, std::move(parameters)).of);
    }
    std::vector<std::string> error(const std::string& method, Array parameters = {}) {
        const Answer answer = call(method, std::move(parameters));
        REQUIRE_FALSE(answer);
        return answer.error().description;
    }

  private:
    Service* service_;
    std::size_t host_;
    std::string session_;
};

/// A page that is there at once.
inline Page page_of(Service& service, const Download& download) {
    std::vector<std::optional<Page>> pages;
    service.get(download, [&pages](std::optional<Page> page) { pages.push_back(std::move(page)); });
    REQUIRE(pages.size() == 1);
    REQUIRE(pages[0]);
    return *pages[0];
}

/// The member of a record.
inline const Value& member(const Value& record, std::string_view name) {
    for (const Member& each : std::get<Struct>(record.of)) {
        if (each.name == name) return each.value;
    }
    FAIL("no member " << name);
    return record;
}

inline Array classes(const std::vector<std::string>& names) {
    Array array;
    for (const std::string& each : names) array.push_back(text(each));
    return array;
}

inline Instant at(Duration since_start) { return Instant{since_start}; }

}  // namespace vacate::poolserver
