// Ends and progress of tasks.
#include "tools/xapi/watch_list.hpp"

#include <algorithm>
#include <cmath>

namespace vacate::xapi {
namespace {

constexpr std::size_t ended_max = 1'000;

bool has_ended(const std::string& status) {
    return status == "success" || status == "failure" || status == "cancelled";
}

std::int64_t permille_of(const Struct& record) {
    const double progress = real_in(record, "progress");
    if (!std::isfinite(progress)) return 0;
    return static_cast<std::int64_t>(std::clamp(progress, 0.0, 1.0) * 1000);
}

Answered end_of(const Struct& record, const Directory& directory) {
    Answered answer;
    const std::string status = text_in(record, "status");
    if (status == "success") {
        answer.kind = Answered::Kind::done;
        return answer;
    }
    std::vector<std::string> error = texts_in(record, "error_info");
    if (error.empty()) error.emplace_back(status == "cancelled" ? "TASK_CANCELLED" : "");
    return answer_to(refused(std::move(error)), directory);
}

}  // namespace

std::vector<live::Observation> WatchList::watch(const std::string& task, const Commanded& command,
                                                const Directory& directory) {
    watched_.insert_or_assign(task, Watched{command, 0});
    const auto ended = ended_.find(task);
    if (ended == ended_.end()) return {};
    return hear(task, Struct(ended->second), directory);
}

std::vector<live::Observation> WatchList::hear(const std::string& task, const Struct& record,
                                               const Directory& directory) {
    const bool over = has_ended(text_in(record, "status"));
    const auto found = watched_.find(task);
    if (found == watched_.end()) {
        if (!over || !ended_.insert_or_assign(task, record).second) return {};
        ended_order_.push_back(task);
        if (ended_order_.size() <= ended_max) return {};
        ended_.erase(ended_order_.front());
        ended_order_.pop_front();
        return {};
    }
    Watched& watched = found->second;
    if (!over) {
        const std::int64_t permille = permille_of(record);
        if (permille <= watched.permille) return {};
        watched.permille = permille;
        return {live::Progress{watched.command.key, permille}};
    }
    Answered answer = end_of(record, directory);
    answer.key = watched.command.key;
    answer.memo = watched.command.order.memo;
    const bool restarts = watched.command.order.act == Act::restart_host;
    watched_.erase(found);
    // That the restart was begun is known; a look shows how it goes on.
    if (restarts && answer.kind == Answered::Kind::done) return {};
    return {std::move(answer)};
}

std::vector<live::Observation> WatchList::lose(const std::string& task) {
    const auto found = watched_.find(task);
    if (found == watched_.end()) return {};
    Answered answer;
    answer.key = found->second.command.key;
    answer.kind = Answered::Kind::unknown;
    answer.sentence = "the pool has forgotten the task";
    const bool restarts = found->second.command.order.act == Act::restart_host;
    watched_.erase(found);
    if (restarts) return {};
    return {std::move(answer)};
}

std::vector<std::string> WatchList::tasks() const {
    std::vector<std::string> all;
    for (const auto& [task, watched] : watched_) all.push_back(task);
    return all;
}

}  // namespace vacate::xapi
