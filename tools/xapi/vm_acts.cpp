// Memory ranges, CDs, migrations and power states of VMs.
#include "sim/live/act_kinds.hpp"
#include "tools/xapi/act_parts.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

using Advice = Answered::Advice;

tl::expected<Struct, CallProblem> record_of(ActContext& context, const std::string& kind,
                                            const std::string& ref) {
    CallResult answer = context.client.call(kind + ".get_record", {wire::text(ref)});
    if (!answer) return tl::unexpected(std::move(answer.error()));
    auto* const record = std::get_if<Struct>(&answer->of);
    return record == nullptr ? Struct{} : std::move(*record);
}

ActOutcome migrate(ActContext& context, const Commanded& command, const std::string& vm,
                   const std::string& to) {
    Struct options{{"live", wire::text("true")}};
    if (!context.directory.network.empty()) {
        options.push_back({"network", wire::text(context.directory.network)});
    }
    return begin(context, command, "VM.pool_migrate",
                 {wire::text(vm), wire::text(to), {std::move(options)}});
}

ActOutcome migrate_storage(ActContext& context, const Commanded& command, const std::string& vm,
                           const std::string& to) {
    const std::string storage = entry(context.directory.storages, command.order.storage);
    if (storage.empty()) return missing("storage", command.order.storage);
    const CallResult disks = disk_map(context, vm, storage);
    if (!disks) return failure(context, disks.error());
    const CallResult network = arrival_network(context, to);
    if (!network) return failure(context, network.error());
    const CallResult ticket = context.client.call(
        "host.migrate_receive", {wire::text(to), *network, {Struct{}}}, Manner::reads);
    if (!ticket) return failure(context, ticket.error());
    return begin(context, command, "VM.migrate_send",
                 {wire::text(vm), *ticket, {true}, *disks, {Struct{}}, {Struct{}}});
}

/// What is in the CD drives of a VM, the drives by reference.
tl::expected<std::vector<std::pair<std::string, Disc>>, CallProblem> cds_in(ActContext& context,
                                                                            const std::string& vm) {
    const auto record = record_of(context, "VM", vm);
    if (!record) return tl::unexpected(record.error());
    std::vector<std::pair<std::string, Disc>> all;
    for (const std::string& ref : texts_in(*record, "VBDs")) {
        const auto vbd = record_of(context, "VBD", ref);
        if (!vbd) return tl::unexpected(vbd.error());
        const std::string vdi = ref_in(*vbd, "VDI");
        const bool holds_cd =
            text_in(*vbd, "type") == "CD" && !flag_in(*vbd, "empty") && !vdi.empty();
        if (!holds_cd) continue;
        const CallResult uuid = context.client.call("VDI.get_uuid", {wire::text(vdi)});
        if (!uuid) return tl::unexpected(uuid.error());
        all.emplace_back(ref, Disc{text_in(*vbd, "uuid"), text_of(*uuid)});
    }
    return all;
}

ActOutcome insert_into(ActContext& context, const Disc& kept) {
    const CallResult vbd = context.client.call("VBD.get_by_uuid", {wire::text(kept.vbd)});
    if (!vbd) return failure(context, vbd.error());
    const CallResult vdi = context.client.call("VDI.get_by_uuid", {wire::text(kept.vdi)});
    if (!vdi) return failure(context, vdi.error());
    const auto now = record_of(context, "VBD", text_of(*vbd));
    if (!now) return failure(context, now.error());
    if (ref_in(*now, "VDI") == text_of(*vdi)) return done();
    return act(context, "VBD.insert", {*vbd, *vdi});
}

}  // namespace

CallResult arrival_network(ActContext& context, const std::string& host) {
    if (!context.directory.network.empty()) return wire::text(context.directory.network);
    const CallResult pif = context.client.call("host.get_management_interface", {wire::text(host)});
    if (!pif) return pif;
    return context.client.call("PIF.get_network", {*pif});
}

CallResult disk_map(ActContext& context, const std::string& vm, const std::string& storage) {
    const auto record = record_of(context, "VM", vm);
    if (!record) return tl::unexpected(record.error());
    Struct map;
    for (const std::string& vbd_ref : texts_in(*record, "VBDs")) {
        const auto vbd = record_of(context, "VBD", vbd_ref);
        if (!vbd) return tl::unexpected(vbd.error());
        const std::string vdi = ref_in(*vbd, "VDI");
        if (vdi.empty() || text_in(*vbd, "type") == "CD") continue;
        const CallResult from = context.client.call("VDI.get_SR", {wire::text(vdi)});
        if (!from) return from;
        const CallResult shared = context.client.call("SR.get_shared", {*from});
        if (!shared) return shared;
        map.push_back({vdi, flag_of(*shared) ? *from : wire::text(storage)});
    }
    return Value{std::move(map)};
}

ActOutcome set_memory_range(ActContext& context, const Order& order) {
    const std::string vm = entry(context.directory.vms, order.vm);
    if (vm.empty()) return missing("VM", order.vm);
    const std::string& text = live::wanted_range(order);
    const std::optional<MemoryRange> wanted = read_range(text);
    if (!wanted) return refusal(Advice::stop, "MEMO_UNREADABLE", "\"" + text + "\" is no range");
    return act(context, "VM.set_memory_dynamic_range",
               {wire::text(vm), {wanted->least.count}, {wanted->most.count}});
}

ActOutcome eject_cds(ActContext& context, const Order& order) {
    const std::string vm = entry(context.directory.vms, order.vm);
    if (vm.empty()) return missing("VM", order.vm);
    const auto all = cds_in(context, vm);
    if (!all) return failure(context, all.error());
    std::vector<Disc> discs;
    for (const auto& [ref, each] : *all) discs.push_back(each);
    // What stood in the journal counts: one of several drives may be empty since.
    const std::string memo = order.memo.empty() ? disc_memo(discs) : order.memo;
    std::vector<Disc> ejected;
    for (const auto& [ref, each] : *all) {
        ActOutcome outcome = act(context, "VBD.eject", {wire::text(ref)}, memo);
        if (outcome.answer.kind == Answered::Kind::done) {
            ejected.push_back(each);
            continue;
        }
        // All or nothing: what was ejected from other drives goes back.
        for (const Disc& before : ejected) {
            const ActOutcome back = insert_into(context, before);
            if (back.answer.kind == Answered::Kind::done) continue;
            outcome.answer.kind = Answered::Kind::unknown;
            outcome.answer.sentence +=
                "; a CD that was ejected before could not be put back: " + back.answer.sentence;
        }
        return outcome;
    }
    return done(memo);
}

ActOutcome insert_cds(ActContext& context, const Order& order) {
    const auto kept = wire::read_json(order.memo.empty() ? "[]" : order.memo);
    const Array* const list = kept ? std::get_if<Array>(&kept->of) : nullptr;
    if (list == nullptr) {
        return refusal(Advice::stop, "MEMO_UNREADABLE", "which CDs were ejected is not known");
    }
    std::vector<Disc> discs;
    for (const Value& each : *list) {
        const auto* const one = std::get_if<Struct>(&each.of);
        if (one != nullptr) discs.push_back({text_in(*one, "vbd"), text_in(*one, "vdi")});
    }
    for (std::size_t i = 0; i < discs.size(); ++i) {
        ActOutcome outcome = insert_into(context, discs[i]);
        if (outcome.answer.kind == Answered::Kind::done) continue;
        std::string rest;
        for (std::size_t open = i; open < discs.size(); ++open) {
            rest += (rest.empty() ? "" : ", ") + discs[open].vdi + " in drive " + discs[open].vbd;
        }
        outcome.answer.sentence = std::to_string(i) + " of " + std::to_string(discs.size()) +
                                  " CDs are in; what remains is " + rest + ": " +
                                  outcome.answer.sentence;
        return outcome;
    }
    return done();
}

ActOutcome act_on_vm(ActContext& context, const Commanded& command) {
    const Order& order = command.order;
    const std::string vm = entry(context.directory.vms, order.vm);
    if (vm.empty()) return missing("VM", order.vm);
    if (order.act == Act::suspend) return begin(context, command, "VM.suspend", {wire::text(vm)});
    if (order.act == Act::stop) {
        return begin(context, command, "VM.clean_shutdown", {wire::text(vm)});
    }
    const bool moves = order.act == Act::migrate || order.act == Act::migrate_storage;
    const std::string& name = moves ? order.to : order.host;
    const std::string host = entry(context.directory.hosts, name);
    if (host.empty()) return missing("host", name);
    if (order.act == Act::migrate) return migrate(context, command, vm, host);
    if (order.act == Act::migrate_storage) return migrate_storage(context, command, vm, host);
    const char* const method = order.act == Act::resume ? "VM.resume_on" : "VM.start_on";
    return begin(context, command, method, {wire::text(vm), wire::text(host), {false}, {false}});
}

}  // namespace vacate::xapi
