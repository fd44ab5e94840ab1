// Drives Copies by the agenda.
#include "tools/poolserver/migrations.hpp"

#include <algorithm>
#include <utility>

#include "model/check.hpp"

namespace vacate::poolserver {
namespace {

constexpr Duration between_looks = std::chrono::seconds(1);
// Tasks move in tenths; xapi's last one is the domain's restore at the target.
constexpr double first_pass = 0.8;

}  // namespace

Migrations::Migrations(Agenda& agenda, const Database& database, const Scenario& scenario,
                       const std::vector<std::string>& hosts)
    : agenda_(&agenda), database_(&database), pool_(scenario.pool), copies_(pool_) {
    std::map<std::string, Id<Vm>, std::less<>> by_name;
    for (const Id<Vm> id : pool_.vms.ids()) by_name.emplace(pool_.vms[id].name, id);
    for (const auto& [ref, object] : database.table("VM")) {
        const auto found = by_name.find(database.text_of(ref, "name_label"));
        if (found != by_name.end()) ids_.emplace(ref, found->second);
    }
    for (const Id<Host> id : pool_.hosts.ids()) hosts_.emplace(hosts[id.index], id);
}

Bytes Migrations::ram_of(const std::string& vm) const {
    return Bytes{database_->number_of(vm, "memory_dynamic_min")};
}

void Migrations::begin(const MigrationOrder& order, Watch watch) {
    VACATE_CHECK(knows(order.vm) && !is_under_way(order.vm), "a VM of the pool moves once a time");
    const std::optional<MigrationFault> fault =
        faults_ ? faults_(order, begun_) : std::optional<MigrationFault>();
    ++begun_;
    Running& running = running_[order.vm];
    running.order = order;
    running.watch = std::move(watch);
    running.halts = fault && fault->halts;
    if (order.from == order.to) return begin_within_host(running);
    const Id<Vm> id = ids_.find(order.vm)->second;
    pool_.vms[id].ram = ram_of(order.vm);
    pool_.vms[id].local_disk = order.disks;
    CopyOrder copy{id, hosts_.at(order.from), hosts_.at(order.to), order.with_disks, 1000, 0};
    if (fault) {
        copy.speed_permille = fault->speed_permille;
        copy.fails_at_permille = fault->fails_at_permille;
    }
    running.slot = copies_.begin(copy, agenda_->now());
    vm_of_[*running.slot] = order.vm;
    copies_.settle(agenda_->now());
    expect();
    if (!look_) look_ = agenda_->after(between_looks, [this] { look(); });
}

/// The domain is made anew beside the old one; nothing goes over a link.
void Migrations::begin_within_host(Running& running) {
    const Timing& timing = pool_.timing;
    const Duration disks = transfer_time(running.order.disks, timing.storage_stream_cap);
    const Duration time = timing.before + disks + timing.pause_overhead + timing.after;
    running.within_host =
        agenda_->after(time, [this, vm = running.order.vm] { end(vm, Outcome::arrived); });
}

void Migrations::cancel(const std::string& vm) {
    const auto found = running_.find(vm);
    if (found == running_.end()) return;
    if (found->second.slot) {
        copies_.cancel(*found->second.slot, agenda_->now());
        copies_.settle(agenda_->now());
        vm_of_.erase(*found->second.slot);
        expect();
    } else {
        agenda_->cancel(*found->second.within_host);
    }
    running_.erase(found);
}

std::size_t Migrations::storage_motions_from(const std::string& host) const {
    return static_cast<std::size_t>(std::ranges::count_if(running_, [&](const auto& each) {
        return each.second.order.with_disks && each.second.order.from == host;
    }));
}

void Migrations::set_link(const std::string& host, std::int64_t permille) {
    copies_.set_link(hosts_.at(host), permille);
    copies_.settle(agenda_->now());
    expect();
}

std::optional<CopyFigures> Migrations::figures(const std::string& vm) const {
    const auto found = figures_.find(vm);
    if (found == figures_.end()) return std::nullopt;
    return found->second;
}

/// Everything that happens in the kernel at this instant; then whoever waits for it is told.
void Migrations::step() {
    next_.reset();
    const Instant now = agenda_->now();
    std::vector<std::pair<std::string, Outcome>> ended;
    while (!copies_.empty() && copies_.next_at() <= now) {
        if (const auto over = copies_.advance(now)) {
            const auto vm = vm_of_.find(over->slot);
            figures_[vm->second] = copies_.figures(over->slot);
            const bool halts = running_.at(vm->second).halts;
            ended.emplace_back(vm->second, !over->failed ? Outcome::arrived
                                           : halts       ? Outcome::lost
                                                         : Outcome::failed);
            vm_of_.erase(vm);
        }
        if (copies_.empty() || copies_.next_at() > now) copies_.settle(now);
    }
    expect();
    for (const auto& [vm, outcome] : ended) end(vm, outcome);
    for (auto& [vm, running] : running_) {
        if (!running.slot || running.past_return || !copies_.is_past_return(*running.slot))
            continue;
        running.past_return = true;
        running.watch.past_return();
    }
}

void Migrations::end(const std::string& vm, Outcome outcome) {
    const auto found = running_.find(vm);
    if (found == running_.end()) return;
    const Watch watch = std::move(found->second.watch);
    running_.erase(found);
    watch.ended(outcome);
}

void Migrations::expect() {
    if (next_) agenda_->cancel(*next_);
    next_.reset();
    if (copies_.empty()) return;
    next_ = agenda_->at(copies_.next_at(), [this] { step(); });
}

/// Tells how far each is, in tenths.
void Migrations::look() {
    look_.reset();
    for (auto& [vm, running] : running_) {
        if (!running.slot) continue;
        const std::int64_t permille = copies_.progress_permille(*running.slot, agenda_->now());
        const auto tenths =
            static_cast<std::int64_t>(first_pass * static_cast<double>(permille) / 100);
        const double share = static_cast<double>(tenths) / 10;
        if (share <= running.shown) continue;
        running.shown = share;
        running.watch.progress(share);
    }
    if (!vm_of_.empty()) look_ = agenda_->after(between_looks, [this] { look(); });
}

}  // namespace vacate::poolserver
