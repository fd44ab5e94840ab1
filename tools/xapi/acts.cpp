// From an order to the calls that carry it out.
#include "tools/xapi/acts.hpp"

#include "tools/xapi/act_parts.hpp"

namespace vacate::xapi {
namespace {

constexpr std::chrono::minutes act_time{10};   // of a call that waits for its end
constexpr std::chrono::minutes begin_time{2};  // of one that begins a task

std::string version_text(const Version& version) {
    if (!version.label.empty()) return version.label;
    std::string text;
    for (const std::int64_t number : version.platform) {
        text += (text.empty() ? "" : ".") + std::to_string(number);
    }
    return text;
}

}  // namespace

Directory directory_of(const Captured& captured, const Scenario& scenario) {
    const codec::XapiNames& names = captured.scenario.names;
    Directory directory;
    directory.hosts = refs_by_name(names.hosts);
    directory.vms = refs_by_name(names.vms);
    directory.storages = refs_by_name(names.storages);
    for (const codec::NamesByRef* each :
         {&names.hosts, &names.vms, &names.storages, &names.networks}) {
        directory.names.insert(each->begin(), each->end());
    }
    if (const auto* const pool = pool_of(captured.records)) directory.pool = pool->first;
    directory.vm_count = directory.vms.size();
    directory.network = migration_network(captured.records);
    for (const Host& host : scenario.pool.hosts) {
        const bool known = host.target.label != assumed_target_label;
        if (known) directory.versions.emplace(host.name, version_text(host.target));
    }
    return directory;
}

std::string with_names(std::string sentence, const Directory& directory) {
    constexpr std::string_view prefix = "OpaqueRef:";
    for (std::size_t at = 0; (at = sentence.find(prefix, at)) != sentence.npos;) {
        std::size_t end = at + prefix.size();
        while (end < sentence.size() &&
               (sentence[end] == '-' || (sentence[end] >= '0' && sentence[end] <= '9') ||
                (sentence[end] >= 'A' && sentence[end] <= 'Z') ||
                (sentence[end] >= 'a' && sentence[end] <= 'z'))) {
            ++end;
        }
        const auto name = directory.names.find(sentence.substr(at, end - at));
        if (name == directory.names.end()) {
            at = end;
            continue;
        }
        const std::string quoted = "\"" + name->second + "\"";
        sentence.replace(at, end - at, quoted);
        at += quoted.size();
    }
    return sentence;
}

Answered answer_to(const CallProblem& problem, const Directory& directory) {
    using Kind = CallProblem::Kind;
    Answered answer;
    answer.code = problem.code;
    answer.sentence = with_names(problem.sentence, directory);
    if (!problem.remedy.empty()) answer.sentence += "; " + problem.remedy;
    switch (problem.kind) {
        case Kind::refused:
            answer.kind = Answered::Kind::refused;
            answer.advice = advice_of(problem.code);
            break;
        case Kind::unreachable:
            answer.kind = Answered::Kind::refused;
            answer.advice = Answered::Advice::retry;
            break;
        case Kind::untrusted:
            answer.kind = Answered::Kind::refused;
            answer.advice = Answered::Advice::stop;
            break;
        case Kind::lost:
        case Kind::stopped:
            answer.kind = Answered::Kind::unknown;
            break;
    }
    return answer;
}

std::string task_mark(const std::string& run, std::uint64_t key) {
    return run + "#" + std::to_string(key);
}

ActOutcome done(std::string memo, std::string sentence) {
    ActOutcome outcome;
    outcome.answer.kind = Answered::Kind::done;
    outcome.answer.memo = std::move(memo);
    outcome.answer.sentence = std::move(sentence);
    return outcome;
}

ActOutcome refusal(Answered::Advice advice, std::string code, std::string sentence) {
    ActOutcome outcome;
    outcome.answer.kind = Answered::Kind::refused;
    outcome.answer.advice = advice;
    outcome.answer.code = std::move(code);
    outcome.answer.sentence = std::move(sentence);
    return outcome;
}

ActOutcome failure(const ActContext& context, const CallProblem& problem) {
    ActOutcome outcome;
    outcome.answer = answer_to(problem, context.directory);
    return outcome;
}

ActOutcome missing(std::string_view kind, const std::string& name) {
    return refusal(Answered::Advice::replan, "NOT_THERE",
                   "the pool has no " + std::string(kind) + " \"" + name + "\"");
}

std::string entry(const Texts& map, std::string_view key) {
    const auto found = map.find(key);
    return found == map.end() ? std::string() : found->second;
}

ActOutcome act(ActContext& context, std::string_view method, Array parameters, std::string memo) {
    const CallResult result =
        context.client.call(method, std::move(parameters), Manner::acts, act_time);
    ActOutcome outcome = result ? done() : failure(context, result.error());
    outcome.answer.memo = std::move(memo);  // without an answer it may be needed all the more
    return outcome;
}

ActOutcome begin(ActContext& context, const Commanded& command, std::string_view method,
                 Array parameters) {
    const CallResult task = context.client.call("Async." + std::string(method),
                                                std::move(parameters), Manner::acts, begin_time);
    if (!task) return failure(context, task.error());
    ActOutcome outcome;
    outcome.answer.kind = Answered::Kind::begun;
    outcome.task = text_of(*task);
    // A restarted run finds by this what it began; without it a look has to tell.
    (void)context.client.call("task.add_to_other_config",
                              {wire::text(outcome.task), wire::text(task_key),
                               wire::text(task_mark(context.options.run, command.key))},
                              Manner::acts, begin_time);
    return outcome;
}

ActOutcome carry_out(ActContext& context, const Commanded& command) {
    const Order& order = command.order;
    switch (order.act) {
        case Act::lock_pool:
            return lock_pool(context);
        case Act::unlock_pool:
            return unlock_pool(context);
        case Act::squeeze_memory:
        case Act::restore_memory:
            return set_memory_range(context, order);
        case Act::back_up_database:
            return back_up_database(context);
        case Act::disable_ha:
            return disable_ha(context, command);
        case Act::enable_ha:
            return enable_ha(context, order.memo);
        case Act::disable_wlb:
        case Act::enable_wlb:
            return switch_wlb(context, order.act == Act::enable_wlb);
        case Act::disable_auto_power_on:
        case Act::enable_auto_power_on:
            return switch_auto_power_on(context, order.act == Act::enable_auto_power_on);
        case Act::eject_cd:
            return eject_cds(context, order);
        case Act::insert_cd:
            return insert_cds(context, order);
        case Act::disable_host:
        case Act::enable_host:
            return switch_host(context, order);
        case Act::restart_host:
            return restart_host(context, command);
        case Act::migrate:
        case Act::migrate_storage:
        case Act::suspend:
        case Act::resume:
        case Act::stop:
        case Act::start:
            return act_on_vm(context, command);
    }
    return missing("act", "");
}

}  // namespace vacate::xapi
