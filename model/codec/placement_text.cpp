// Placements by name.
#include "model/codec/placement_text.hpp"

#include <algorithm>

#include "model/codec/object_reader.hpp"
#include "model/codec/plan_text.hpp"
#include "model/codec/shown.hpp"

namespace vacate {
namespace {

using Goal = Table<Vm, Id<Host>>;

template <class Of>
std::vector<std::string_view> names_of(const Table<Of>& table) {
    std::vector<std::string_view> names;
    for (const Of& one : table) names.push_back(one.name);
    return names;
}

// Tables are in name order.
template <class Of>
Id<Of> find(const std::vector<std::string_view>& names, std::string_view name) {
    const auto found = std::lower_bound(names.begin(), names.end(), name);
    if (found == names.end() || *found != name) return Id<Of>::none();
    return Id<Of>{static_cast<std::uint32_t>(found - names.begin())};
}

void read_vms(const codec::Place& place, const Pool& pool, const PoolState& state, Goal& goal,
              codec::Problems& problems) {
    const auto vms = names_of(pool.vms);
    const auto hosts = names_of(pool.hosts);
    for (const codec::Node& node : place.node->children) {
        const codec::Place entry = codec::member_of(place, node.key);
        const Id<Vm> vm = find<Vm>(vms, node.key);
        if (vm.is_none()) {
            problems.add(entry, "there is no VM " + codec::shown(node.key),
                         problems.did_you_mean(node.key, vms));
            continue;
        }
        const auto name = codec::text_of(entry, problems);
        if (!name) continue;
        const Id<Host> host = find<Host>(hosts, *name);
        if (host.is_none()) {
            problems.add(entry, "there is no host " + codec::shown(*name),
                         problems.did_you_mean(*name, hosts));
        }
        if (state.vms[vm].host.is_none()) {
            problems.add(entry, codec::shown(node.key) + " does not run", "leave it out");
        }
        goal[vm] = host;
    }
}

Result<Goal> end_of_plan(std::string_view text, const std::string& source, const Pool& pool) {
    const Result<Plan> plan = read_plan(text, source, pool);
    if (!plan) return tl::unexpected<Error>(plan.error());
    Goal goal(pool.vms.size(), Id<Host>::none());
    for (const Step& step : plan->steps) {
        const StepSubject subject = subject_of(step);
        if (is_migration(step)) goal[subject.vm] = subject.to;
    }
    return goal;
}

}  // namespace

Result<Goal> read_placement(std::string_view text, const std::string& source, const Pool& pool,
                            const PoolState& state) {
    auto document = codec::parse_document(text);
    if (!document) {
        return tl::unexpected<Error>(
            Error{Error::Kind::bad_input, source, {std::move(document.error())}});
    }
    const codec::Node* format = codec::find_member(*document, "format");
    if (format != nullptr && format->text == "vacate-plan-1") {
        return end_of_plan(text, source, pool);
    }
    codec::Problems problems(source);
    const codec::Place root{nullptr, &*document, {}, 0, {}};
    constexpr std::array<std::string_view, 2> members{"format", "vms"};
    const codec::ObjectReader reader(root, std::span<const std::string_view>(members), problems);
    Goal goal(pool.vms.size(), Id<Host>::none());
    if (reader.is_object()) {
        if (format == nullptr || format->text != "vacate-placement-1") {
            problems.add(root, "this is no placement: \"format\" is not \"vacate-placement-1\"",
                         "give {\"format\": \"vacate-placement-1\", \"vms\": {\"VM\": \"host\"}}, "
                         "or a plan");
        }
        const codec::Place vms = reader.at("vms");
        if (vms.node == nullptr || !vms.node->is_object()) {
            problems.add(root, "there is no object \"vms\"", "name a host for each VM to move");
        } else {
            codec::report_duplicate_members(vms, problems);
            read_vms(vms, pool, state, goal, problems);
        }
    }
    if (!problems.empty()) return tl::unexpected<Error>(problems.take());
    return goal;
}

}  // namespace vacate
