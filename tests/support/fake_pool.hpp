// A small service to try the transports with: it echoes, fails, waits, and takes hosts down.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tools/poolserver/service.hpp"

namespace vacate::poolserver {

/// Not for several threads; all of it happens on the server's.
class FakePool : public Service {
  public:
    [[nodiscard]] bool listens(std::size_t host) const override { return !down_.contains(host); }

    void call(Call call, Reply reply) override {
        const auto number = [&](std::size_t at) {
            const auto* found = std::get_if<std::int64_t>(&call.parameters.at(at).of);
            return found == nullptr ? std::int64_t{0} : *found;
        };
        if (call.method == "echo") {
            reply(Answer(Value{call.parameters}));
        } else if (call.method == "host") {
            reply(Answer(Value{static_cast<std::int64_t>(call.host)}));
        } else if (call.method == "fail" || call.method == "early") {
            Failure failure{{"HANDLE_INVALID", "VM", "x<y>"}, call.method == "early"};
            reply(Answer(tl::make_unexpected(failure)));
        } else if (call.method == "gone") {
            reply(std::nullopt);
        } else if (call.method == "fat") {
            reply(Answer(text(std::string(static_cast<std::size_t>(number(0)), 'x'))));
        } else if (call.method == "now") {
            reply(Answer(Value{now_.time_since_epoch().count()}));
        } else if (call.method == "later") {  // after so many µs of the pool
            due_.emplace(now_ + Duration{number(0)}, std::move(reply));
        } else if (call.method == "never") {
            kept_.push_back(std::move(reply));
        } else if (call.method == "kept") {  // how many of these
            reply(Answer(Value{static_cast<std::int64_t>(kept_.size())}));
        } else if (call.method == "release") {
            const auto count = static_cast<std::int64_t>(kept_.size());
            for (const Reply& each : std::exchange(kept_, {})) each(Answer(text("released")));
            reply(Answer(Value{count}));
        } else if (call.method == "down") {
            down_.insert(static_cast<std::size_t>(number(0)));
            reply(Answer(Value{}));
        } else if (call.method == "up") {
            down_.erase(static_cast<std::size_t>(number(0)));
            reply(Answer(Value{}));
        } else {
            reply(Answer(tl::make_unexpected(Failure{{"MESSAGE_METHOD_UNKNOWN", call.method}})));
        }
    }

    void get(const Download& download, PageReply reply) override {
        if (download.path == "/moved") {
            return reply(Page{302, "", "http://127.0.0.1/elsewhere", ""});
        }
        std::string body = download.verb + " " + download.path + " " + download.body;
        for (const auto& [name, value] : download.query) body += " " + name + "=" + value;
        reply(Page{200, "text/plain", "", body});
    }

    void advance(Instant now) override {
        now_ = std::max(now_, now);
        while (!due_.empty() && due_.begin()->first <= now_) {
            const Reply reply = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            reply(Answer(Value{now_.time_since_epoch().count()}));
        }
    }
    void note_wall(Instant) override {}
    [[nodiscard]] std::optional<Instant> next_at() const override {
        if (due_.empty()) return std::nullopt;
        return due_.begin()->first;
    }

  private:
    Instant now_{};
    std::multimap<Instant, Reply> due_;
    std::vector<Reply> kept_;
    std::set<std::size_t> down_;
};

}  // namespace vacate::poolserver
