// Each special part goes to VMs drawn at random that have none yet.
#include "tools/generator/specials.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "model/check.hpp"

namespace vacate::generator {
namespace {

class Specials {
  public:
    Specials(const GeneratorOptions& options, Random& random, const PoolState& state, Pool& pool)
        : options_(options), random_(random), state_(state), pool_(pool), taken_(pool.vms.size()) {
        for (const Id<Vm> vm : pool.vms.ids()) order_.push_back(vm);
        for (std::size_t i = order_.size(); i > 1; --i) {
            std::swap(order_[i - 1], order_[random.below(i)]);
        }
    }

    void add() {
        for (std::int64_t i = 0; i < options_.pinned; ++i) pin();
        for (std::int64_t i = 0; i < options_.local_disks; ++i) put_on_local_disk();
        for (std::int64_t i = 0; i < options_.cds; ++i) insert_cd(i % 2 == 1);
        for (std::int64_t i = 0; i < options_.apart; ++i) keep_apart();
        for (std::int64_t i = 0; i < options_.together; ++i) keep_together();
        settle_groups();
    }

  private:
    Vm* next_plain() {
        while (next_ < order_.size() && taken_[order_[next_]] != 0) ++next_;
        if (next_ == order_.size()) return nullptr;
        taken_[order_[next_]] = 1;
        return &pool_.vms[order_[next_]];
    }

    [[nodiscard]] const std::string& host_of(const Vm& vm) const {
        const auto index = static_cast<std::uint32_t>(&vm - &pool_.vms[Id<Vm>{0}]);
        return pool_.hosts[state_.vms[Id<Vm>{index}].host].name;
    }

    void pin() {
        Vm* vm = next_plain();
        if (vm == nullptr) return;
        constexpr char digits[] = "0123456789abcdef";
        const std::string bus{digits[random_.between(1, 7)], digits[random_.between(0, 15)]};
        vm->notes.push_back({"VM_HAS_PCI_ATTACHED", "0000:" + bus + ":00.0"});
        vm->mobility = options_.when_pinned;
        vm->protect = false;  // as in XAPI, where only agile VMs can be
    }

    void put_on_local_disk() {
        Vm* vm = next_plain();
        if (vm == nullptr) return;
        vm->storages = {storage_named(pool_, "local-" + host_of(*vm))};
        vm->local_disk = gibibytes(10 * random_.between(1, 8));
        vm->mobility = options_.when_local;
        vm->protect = false;
    }

    void insert_cd(bool in_host) {
        Vm* vm = next_plain();
        if (vm == nullptr) return;
        if (in_host) vm->protect = false;
        vm->cd = storage_named(pool_, in_host ? "dvd-" + host_of(*vm) : "iso-library");
    }

    // The first VMs of one role on different hosts; one host must stay free of the group.
    void keep_apart() {
        const std::size_t wanted = pool_.hosts.size() > 4 && random_.chance(1, 3) ? 3 : 2;
        if (pool_.hosts.size() <= wanted) return;
        for (std::size_t first = 0; first < order_.size(); ++first) {
            if (taken_[order_[first]] != 0) continue;
            std::vector<Id<Vm>> members{order_[first]};
            for (std::size_t i = first + 1; i < order_.size() && members.size() < wanted; ++i) {
                if (belongs(order_[i], members)) members.push_back(order_[i]);
            }
            if (members.size() < wanted) continue;
            take(std::move(members), Group::Kind::apart);
            return;
        }
    }

    [[nodiscard]] bool belongs(Id<Vm> vm, const std::vector<Id<Vm>>& members) const {
        if (taken_[vm] != 0 || role_of(vm) != role_of(members.front())) return false;
        return std::none_of(members.begin(), members.end(), [&](Id<Vm> member) {
            return state_.vms[member].host == state_.vms[vm].host;
        });
    }

    // "db" of "db-0007".
    [[nodiscard]] std::string_view role_of(Id<Vm> vm) const {
        const std::string_view name = pool_.vms[vm].name;
        return name.substr(0, name.find('-'));
    }

    // Small ones: what moves as one must find a place as one.
    void keep_together() {
        const std::size_t wanted = random_.chance(1, 3) ? 3 : 2;
        for (std::size_t first = 0; first < order_.size(); ++first) {
            if (!is_small(order_[first])) continue;
            std::vector<Id<Vm>> members{order_[first]};
            for (std::size_t i = first + 1; i < order_.size() && members.size() < wanted; ++i) {
                const bool here = state_.vms[order_[i]].host == state_.vms[order_[first]].host;
                if (here && is_small(order_[i])) members.push_back(order_[i]);
            }
            if (members.size() < wanted) continue;
            take(std::move(members), Group::Kind::together);
            return;
        }
    }

    [[nodiscard]] bool is_small(Id<Vm> vm) const {
        return taken_[vm] == 0 && pool_.vms[vm].ram <= gibibytes(8);
    }

    void take(std::vector<Id<Vm>> members, Group::Kind kind) {
        for (const Id<Vm> member : members) taken_[member] = 1;
        std::sort(members.begin(), members.end());
        groups_[kind == Group::Kind::apart ? 0 : 1].push_back({"", kind, std::move(members)});
    }

    void settle_groups() {
        for (auto& groups : groups_) {
            for (std::size_t i = 0; i < groups.size(); ++i) {
                const bool apart = groups[i].kind == Group::Kind::apart;
                groups[i].name =
                    numbered(apart ? "apart-" : "together-", static_cast<std::int64_t>(i) + 1,
                             static_cast<std::int64_t>(groups.size()));
                pool_.groups.push_back(std::move(groups[i]));
            }
        }
        pool_.groups_of = Table<Vm, std::vector<Id<Group>>>(pool_.vms.size());
        for (const Id<Group> group : pool_.groups.ids()) {
            for (const Id<Vm> vm : pool_.groups[group].members) {
                pool_.groups_of[vm].push_back(group);
            }
        }
    }

    const GeneratorOptions& options_;
    Random& random_;
    const PoolState& state_;
    Pool& pool_;
    Table<Vm, char> taken_;
    std::vector<Id<Vm>> order_;
    std::size_t next_ = 0;
    std::array<std::vector<Group>, 2> groups_;
};

}  // namespace

void add_specials(const GeneratorOptions& options, Random& random, const PoolState& state,
                  Pool& pool) {
    Specials(options, random, state, pool).add();
}

Id<Storage> storage_named(const Pool& pool, const std::string& name) {
    const auto found = std::lower_bound(
        pool.storages.begin(), pool.storages.end(), name,
        [](const Storage& storage, const std::string& wanted) { return storage.name < wanted; });
    VACATE_CHECK(found != pool.storages.end() && found->name == name,
                 "the generator made every storage that its VMs use");
    return Id<Storage>{static_cast<std::uint32_t>(found - pool.storages.begin())};
}

std::string numbered(const std::string& prefix, std::int64_t number, std::int64_t highest) {
    const std::size_t width = std::max<std::size_t>(2, std::to_string(highest).size());
    const std::string digits = std::to_string(number);
    return prefix + std::string(width - std::min(width, digits.size()), '0') + digits;
}

}  // namespace vacate::generator
