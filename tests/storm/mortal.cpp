// Deaths of the process at its journal and at its wire.
#include "tests/storm/mortal.hpp"

#include <algorithm>
#include <utility>

#include "model/codec/journal_text.hpp"
#include "sim/live/canary.hpp"

namespace vacate::storm {
namespace {

using live::Canary;
using live::is_broken;

// What an executor that is broken at its port takes an answer for.
void mistake(Answered& answer) {
    const bool unknown = answer.kind == Answered::Kind::unknown;
    const bool begun = answer.kind == Answered::Kind::begun;
    const bool refused = answer.kind == Answered::Kind::refused;
    const bool locked = answer.code == "POOL_LOCKED_BY_ANOTHER_RUN";
    const bool taken_for_done = (unknown && is_broken(Canary::unknown_is_done)) ||
                                (begun && is_broken(Canary::begun_is_done)) ||
                                (refused && is_broken(Canary::refused_is_done)) ||
                                (locked && is_broken(Canary::ignores_lock));
    if (taken_for_done) answer.kind = Answered::Kind::done;
}

}  // namespace

MortalLedger::MortalLedger(Fate& fate, Random& random, Strikes strikes)
    : fate_(&fate), random_(&random), strikes_(std::move(strikes)) {}

Result<void> MortalLedger::append(const std::vector<Record>& records) {
    if (fate_->dead || records.empty()) return {};
    if (is_broken(Canary::journal_late)) {
        journal_.insert(journal_.end(), late_.begin(), late_.end());
        late_ = records;
        if (strikes_() && !late_.empty()) fate_->dead = true;
        return {};
    }
    const auto end = static_cast<std::int64_t>(journal_.size() + records.size());
    if (dies_at_record_ && *dies_at_record_ < end) {
        const auto whole = *dies_at_record_ - static_cast<std::int64_t>(journal_.size());
        journal_.insert(journal_.end(), records.begin(), records.begin() + whole);
        tear(records[static_cast<std::size_t>(whole)]);
        dies_at_record_.reset();
        fate_->how = Death::torn;
        fate_->dead = true;
        return {};
    }
    const std::optional<Death> death = strikes_();
    if (death == Death::disk_full) {
        Error error{Error::Kind::outside, "journal", {}};
        error.items.push_back({"", "no space left on device", "make room"});
        return tl::make_unexpected(std::move(error));
    }
    std::size_t written = records.size();
    if (death == Death::before) written = 0;
    if (death == Death::torn) written = static_cast<std::size_t>(random_->below(records.size()));
    journal_.insert(journal_.end(), records.begin(),
                    records.begin() + static_cast<std::ptrdiff_t>(written));
    if (!death) return {};
    fate_->how = *death;
    if (*death == Death::torn) tear(records[written]);
    if (*death == Death::sending) {
        fate_->sends_left = random_->between(0, 3);
    } else {
        fate_->dead = true;
    }
    return {};
}

// Some of its bytes are written.
void MortalLedger::tear(const Record& record) {
    const std::string line = print_record(record);
    torn_ = line.substr(0, static_cast<std::size_t>(random_->below(line.size())));
}

std::string MortalLedger::text() const {
    std::string text;
    for (const Record& record : journal_) text += print_record(record);
    return text + torn_;
}

MortalDriver::MortalDriver(Fate& fate, live::SimulatedDriver& driver, std::string run, Sent sent)
    : fate_(&fate), driver_(&driver), run_(std::move(run)), sent_(std::move(sent)) {}

void MortalDriver::submit(const Commanded& command) {
    if (fate_->sends_left == 0) fate_->dead = true;
    if (fate_->dead) return;
    if (fate_->sends_left > 0) --fate_->sends_left;
    if (is_broken(Canary::skips_backup) && command.order.act == Act::back_up_database) {
        lies_.push_back({command.key, Answered::Kind::done, {}, "", "", ""});
        return;
    }
    Commanded sent = command;
    if (is_broken(Canary::moves_to_older)) misdirect(sent.order);
    sent_(sent);
    driver_->submit(sent);
}

void MortalDriver::look() {
    if (!fate_->dead) driver_->look();
}

// Sends a VM to an older host where there is one.
void MortalDriver::misdirect(Order& order) const {
    if (order.act != Act::migrate || !last_) return;
    const Pool& pool = last_->scenario.pool;
    const auto version_of = [&pool](const std::string& name) {
        for (const Host& host : pool.hosts) {
            if (host.name == name) return host.version.platform;
        }
        return Dotted{};
    };
    for (const Id<Host> host : pool.hosts.ids()) {
        const bool takes = last_->hosts[host].live && last_->hosts[host].enabled;
        const bool older = pool.hosts[host].version.platform < version_of(order.host);
        if (takes && older) order.to = pool.hosts[host].name;
    }
}

// The same of a look.
void MortalDriver::distort(live::Snapshot& seen) {
    if (is_broken(Canary::ignores_lock) && !seen.lock.empty()) seen.lock = run_;
    if (is_broken(Canary::coordinator_confused)) {
        Pool& pool = seen.scenario.pool;
        pool.coordinator.index =
            static_cast<std::uint32_t>((pool.coordinator.index + 1) % pool.hosts.size());
    }
    if (is_broken(Canary::moves_to_older)) last_ = seen;
    if (!is_broken(Canary::stale_look)) return;
    const live::Snapshot now = seen;
    if (last_) seen = *last_;
    last_ = now;
}

std::vector<live::Observation> MortalDriver::poll(Instant now) {
    std::vector<live::Observation> news = driver_->poll(now);
    for (live::Observation& one : news) {
        if (auto* answer = std::get_if<Answered>(&one)) mistake(*answer);
        if (auto* seen = std::get_if<live::Snapshot>(&one)) distort(*seen);
    }
    for (const Answered& lie : std::exchange(lies_, {})) news.emplace_back(lie);
    for (const Told& told : std::exchange(told_, {})) news.emplace_back(told);
    return news;
}

}  // namespace vacate::storm
