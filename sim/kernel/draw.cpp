// One sequence for each purpose and subject, and the faults of links made to changes.
#include "sim/kernel/draw.hpp"

#include <algorithm>
#include <string_view>

#include "model/digest.hpp"
#include "model/limits.hpp"
#include "model/random.hpp"

namespace vacate {
namespace {

/// What a sequence is drawn for. The numbers are part of what a seed stands for.
enum class Purpose : std::uint64_t {
    upgrade_time = 1,
    late = 2,
    lost = 3,
    stream = 4,
    dirty = 5,
    failures = 6,
    links = 16,  // and one more for each of them
};

std::uint64_t digest_of(std::string_view name) {
    Digest digest;
    digest.add_bytes(name);
    return digest.value();
}

Duration bounded(Wide time) {
    return Duration{static_cast<std::int64_t>(std::min<Wide>(time, limits::duration_us))};
}

/// A link that carries less from one moment to another.
struct Spell {
    Id<Host> host;
    Instant from{};
    Instant until{};
    std::int64_t permille = 1000;
};

// The changes of one host's link, from spells that may overlap.
void add_changes(std::vector<Spell>::const_iterator first, std::vector<Spell>::const_iterator last,
                 std::vector<LinkChange>& changes) {
    std::vector<Instant> moments;
    for (auto spell = first; spell != last; ++spell) {
        moments.push_back(spell->from);
        if (spell->until != Instant::max()) moments.push_back(spell->until);
    }
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
    std::int64_t before = 1000;
    for (const Instant at : moments) {
        std::int64_t now = 1000;
        for (auto spell = first; spell != last; ++spell) {
            if (spell->from <= at && at < spell->until) now = std::min(now, spell->permille);
        }
        if (now != before) changes.push_back({at, first->host, now});
        before = now;
    }
}

}  // namespace

Fates::Fates(const Pool& pool, const Chance& chance, std::uint64_t seed)
    : pool_(&pool),
      chance_(&chance),
      seed_(seed),
      hosts_(pool.hosts.size()),
      vms_(pool.vms.size()) {
    for (const auto* common :
         {&chance.hosts.upgrade_time, &chance.hosts.upgrade_factor, &chance.hosts.late_by,
          &chance.vms.stream_factor, &chance.vms.dirty_factor}) {
        if (*common) common_.emplace_back(&**common, prepare(&**common));
    }
    prepare_hosts();
    prepare_vms();
    prepare_links();
}

// Those that are said of all are shared.
const Quantiles* Fates::prepare(const Distribution* distribution) {
    if (distribution == nullptr) return nullptr;
    for (const auto& [known, ready] : common_) {
        if (known == distribution) return ready;
    }
    return &quantiles_.emplace_back(*distribution);
}

void Fates::prepare_hosts() {
    for (const Id<Host> id : pool_->hosts.ids()) {
        const HostFate fate = fate_of(*chance_, id);
        HostPart& part = hosts_[id];
        part.subject = digest_of(pool_->hosts[id].name);
        part.time = prepare(fate.upgrade_time);
        part.factor = prepare(fate.upgrade_factor);
        part.late_by = prepare(fate.late_by);
        part.late_chance = part.late_by == nullptr ? 0 : fate.late_chance;
        part.lost_chance = fate.lost_chance;
        kinds_.upgrade_time = kinds_.upgrade_time || part.time != nullptr ||
                              part.factor != nullptr || part.late_chance > 0;
        kinds_.lost = kinds_.lost || part.lost_chance > 0;
    }
}

void Fates::prepare_vms() {
    for (const Id<Vm> id : pool_->vms.ids()) {
        const VmFate fate = fate_of(*chance_, id);
        VmPart& part = vms_[id];
        part.subject = digest_of(pool_->vms[id].name);
        part.stream = prepare(fate.stream_factor);
        part.dirty = prepare(fate.dirty_factor);
        const Wide share = (static_cast<Wide>(fate.failure_chance) << 32) + sure / 2;
        part.failure_share = static_cast<std::uint64_t>(share / sure);
        kinds_.stream = kinds_.stream || part.stream != nullptr;
        kinds_.dirty = kinds_.dirty || part.dirty != nullptr;
        kinds_.failures = kinds_.failures || part.failure_share > 0;
    }
}

void Fates::prepare_links() {
    for (const LinkFault& fault : chance_->links) {
        LinkPart part;
        part.hosts = fault.hosts;
        if (part.hosts.empty()) {
            for (const Id<Host> id : pool_->hosts.ids()) part.hosts.push_back(id);
        }
        part.chance = fault.chance;
        part.at = prepare(&fault.at);
        part.share = prepare(&fault.share);
        part.lasts = prepare(fault.lasts ? &*fault.lasts : nullptr);
        links_.push_back(std::move(part));
    }
}

void Fates::draw(std::uint64_t run, Future& future) const {
    draw_hosts(run, future);
    draw_vms(run, future);
    draw_links(run, future);
}

void Fates::draw_hosts(std::uint64_t run, Future& future) const {
    const auto resize = [this](auto& table, bool wanted) {
        if (!wanted) table = {};
        if (wanted && table.size() != hosts_.size()) {
            table = std::remove_reference_t<decltype(table)>(hosts_.size());
        }
    };
    resize(future.upgrade_time, kinds_.upgrade_time);
    resize(future.lost, kinds_.lost);
    for (const Id<Host> id : hosts_.ids()) {
        if (kinds_.upgrade_time) future.upgrade_time[id] = upgrade_time(run, id);
        if (!kinds_.lost) continue;
        Random random = Random::stream(seed_, run, static_cast<std::uint64_t>(Purpose::lost),
                                       hosts_[id].subject);
        future.lost[id] = random.chance(static_cast<std::uint64_t>(hosts_[id].lost_chance),
                                        static_cast<std::uint64_t>(sure))
                              ? 1
                              : 0;
    }
}

// One draw serves a time and a factor, so that a run of bad luck stays one when either is chosen.
Duration Fates::upgrade_time(std::uint64_t run, Id<Host> id) const {
    const HostPart& part = hosts_[id];
    std::uint64_t at = 0;
    if (part.time != nullptr || part.factor != nullptr) {
        at = Random::stream(seed_, run, static_cast<std::uint64_t>(Purpose::upgrade_time),
                            part.subject)
                 .next();
    }
    Wide time = part.time != nullptr ? part.time->at(at) : pool_->hosts[id].upgrade_time.count();
    if (part.factor != nullptr) time = (time * part.factor->at(at) + 500) / 1000;
    if (part.late_chance > 0) {
        Random random =
            Random::stream(seed_, run, static_cast<std::uint64_t>(Purpose::late), part.subject);
        const bool late = random.chance(static_cast<std::uint64_t>(part.late_chance),
                                        static_cast<std::uint64_t>(sure));
        if (late) time += part.late_by->at(random.next());
    }
    return bounded(time);
}

void Fates::draw_vms(std::uint64_t run, Future& future) const {
    const auto fill = [&](auto& table, bool wanted, Purpose purpose, const auto& draw_one) {
        if (!wanted) {
            table = {};
            return;
        }
        if (table.size() != vms_.size()) {
            table = std::remove_reference_t<decltype(table)>(vms_.size());
        }
        for (const Id<Vm> id : vms_.ids()) {
            const VmPart& part = vms_[id];
            table[id] = draw_one(part, [&] {
                return Random::stream(seed_, run, static_cast<std::uint64_t>(purpose),
                                      part.subject);
            });
        }
    };
    const auto factor = [](const Quantiles* spread, const auto& stream) {
        if (spread == nullptr) return std::int64_t{1000};
        return std::clamp<std::int64_t>(spread->at(stream().next()), 1, limits::factor_permille);
    };
    fill(future.speed_permille, kinds_.stream, Purpose::stream,
         [&](const VmPart& part, const auto& stream) { return factor(part.stream, stream); });
    fill(future.dirty_permille, kinds_.dirty, Purpose::dirty,
         [&](const VmPart& part, const auto& stream) { return factor(part.dirty, stream); });
    fill(future.failing, kinds_.failures, Purpose::failures,
         [](const VmPart& part, const auto& stream) {
             return part.failure_share == 0 ? 0 : stream().coins(part.failure_share);
         });
}

void Fates::draw_links(std::uint64_t run, Future& future) const {
    future.links.clear();
    if (links_.empty()) return;
    std::vector<Spell> spells;
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const LinkPart& part = links_[i];
        const std::uint64_t purpose = static_cast<std::uint64_t>(Purpose::links) + i;
        for (const Id<Host> host : part.hosts) {
            Random random = Random::stream(seed_, run, purpose, hosts_[host].subject);
            if (!random.chance(static_cast<std::uint64_t>(part.chance),
                               static_cast<std::uint64_t>(sure))) {
                continue;
            }
            Spell spell{host, Instant{bounded(part.at->at(random.next()))}, Instant::max(), 1000};
            spell.permille = std::clamp<std::int64_t>(part.share->at(random.next()), 1, 1000);
            if (part.lasts != nullptr) {
                spell.until = spell.from + bounded(part.lasts->at(random.next()));
            }
            if (spell.from < spell.until) spells.push_back(spell);
        }
    }
    const auto by_host = [](const Spell& a, const Spell& b) { return a.host < b.host; };
    std::stable_sort(spells.begin(), spells.end(), by_host);
    for (auto first = spells.cbegin(); first != spells.cend();) {
        const auto last = std::upper_bound(first, spells.cend(), *first, by_host);
        add_changes(first, last, future.links);
        first = last;
    }
    std::stable_sort(future.links.begin(), future.links.end(),
                     [](const LinkChange& a, const LinkChange& b) { return a.at < b.at; });
}

Future draw_future(const Pool& pool, const Chance& chance, std::uint64_t seed, std::uint64_t run) {
    Future future;
    Fates(pool, chance, seed).draw(run, future);
    return future;
}

}  // namespace vacate
