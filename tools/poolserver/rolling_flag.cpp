// Rounds are kept only where one would change something.
#include "tools/poolserver/rolling_flag.hpp"

#include <algorithm>

namespace vacate::poolserver {
namespace {

constexpr Duration round_time = std::chrono::seconds(30);
constexpr std::string_view key = "rolling_upgrade_in_progress";

}  // namespace

bool RollingFlag::versions_differ() const {
    const Database& database = parts_->service.database();
    const Placement& placement = parts_->placement;
    const std::string& master = database.text_of(parts_->service.pool(), "master");
    const Version coordinator = placement.version_of(master);
    return std::ranges::any_of(parts_->service.members(), [&](const std::string& host) {
        return makes_mixed(placement.rule(), placement.version_of(host), coordinator);
    });
}

void RollingFlag::start() {
    started_at_ = parts_->service.agenda().now();
    look();
}

void RollingFlag::versions_changed() {
    if (next_) return;
    Agenda& agenda = parts_->service.agenda();
    const Duration since = agenda.now() - started_at_;
    const Duration rest = round_time - since % round_time;
    next_ = agenda.after(rest, [this] { look(); });
}

void RollingFlag::look() {
    if (next_) parts_->service.agenda().cancel(*next_);
    next_.reset();
    const bool differ = versions_differ();
    if (differ == is_mixed(parts_->service)) return;
    parts_->service.database().put_entry(
        parts_->service.pool(), "other_config", key,
        differ ? std::optional<Value>(text("true")) : std::nullopt);
    parts_->operations.update_all();
}

}  // namespace vacate::poolserver
