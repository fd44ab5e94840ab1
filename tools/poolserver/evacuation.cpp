// Starts one migration after the other, so that never more than the window are under way.
#include "tools/poolserver/evacuation.hpp"

#include <deque>
#include <memory>
#include <utility>

#include "tools/poolserver/migration_calls.hpp"

namespace vacate::poolserver {
namespace {

constexpr std::int64_t default_window = 10;  // xapi_globs.ml:1025

/// One evacuation under way.
class Evacuation : public std::enable_shared_from_this<Evacuation> {
  public:
    Evacuation(VmParts& parts, const Caller& caller, std::string host, std::string network,
               std::size_t window, Done done)
        : parts_(parts),
          caller_(caller),
          host_(std::move(host)),
          network_(std::move(network)),
          window_(window),
          done_(std::move(done)),
          began_in_(parts.restarts) {}

    void begin(const EvacuationPlan& plan) {
        for (const auto& [vm, target] : plan.targets) waiting_.emplace_back(vm, target);
        planned_ = waiting_.size();
        key_ = parts_.operations.key_of(caller_.task);
        parts_.operations.begin_on_host(host_, "evacuate", key_);
        parts_.service.tasks().on_cancel(caller_.task,
                                         [self = shared_from_this()] { self->cancel(); });
        go_on();
    }

  private:
    void go_on() {
        if (const auto why = forgotten(parts_, began_in_); why && !over_) {
            return end(tl::unexpected(*why));
        }
        // A migration that is refused is answered at once, from within this very loop.
        while (!over_ && under_way_.size() < window_ && !waiting_.empty()) {
            const auto [vm, target] = std::move(waiting_.front());
            waiting_.pop_front();
            start(vm, target);
        }
        if (!over_ && waiting_.empty() && under_way_.empty()) finish();
    }

    void start(const std::string& vm, const std::string& target) {
        Tasks& tasks = parts_.service.tasks();
        const std::string task = tasks.create("Async.VM.pool_migrate", "", host_, caller_.session);
        under_way_.push_back(task);
        pool_migrate(
            parts_, vm, target, {false, network_, task},
            [self = shared_from_this(), task](const Answer& answer) { self->note(task, answer); });
    }

    void note(const std::string& task, const Answer& answer) {
        Tasks& tasks = parts_.service.tasks();
        std::erase(under_way_, task);
        tasks.finish(task, answer);
        tasks.destroy(task);
        if (over_) return;
        if (!answer && answer.error().description[0] != "VM_BAD_POWER_STATE") {
            end(answer);
            return;
        }
        const auto left = static_cast<double>(waiting_.size() + under_way_.size());
        tasks.set_progress(caller_.task, 1 - left / static_cast<double>(planned_));
        parts_.service.agenda().after(Duration{}, [self = shared_from_this()] { self->go_on(); });
    }

    void finish() {
        const Database& database = parts_.service.database();
        std::size_t residents = 0;
        for (const std::string& vm : database.set_of(host_, "resident_VMs")) {
            residents += database.flag_of(vm, "is_control_domain") ? 0U : 1U;
        }
        if (residents == 0) return end(Value{});
        end(failure({"INTERNAL_ERROR",
                     "VMs are still resident on the host: " + std::to_string(residents)}));
    }

    /// What is still under way goes on, and nobody hears of it.
    void end(const Answer& answer) {
        over_ = true;
        for (const std::string& task : under_way_) parts_.service.tasks().destroy(task);
        parts_.operations.end_on_host(host_, key_);
        done_(answer);
    }

    void cancel() {
        if (over_) return;
        const std::vector<std::string> tasks = under_way_;
        waiting_.clear();
        over_ = true;
        for (const std::string& task : tasks) {
            parts_.operations.interrupt(task, Failure{{"TASK_CANCELLED", task}});
        }
        end(failure({"TASK_CANCELLED", caller_.task}));
    }

    VmParts& parts_;
    Caller caller_;
    std::string host_;
    std::string network_;
    std::size_t window_;
    Done done_;
    std::uint64_t began_in_;  // which run of the coordinator
    std::string key_;
    std::deque<std::pair<std::string, std::string>> waiting_;  // VMs and their targets
    std::vector<std::string> under_way_;                       // tasks
    std::size_t planned_ = 0;
    bool over_ = false;
};

void evacuate(VmParts& parts, const Caller& caller, const Array& arguments, const Done& done) {
    const std::string& host = text_in(arguments, 0);
    if (auto refused = parts.operations.host_refuses(host, "evacuate")) {
        done(tl::unexpected(std::move(*refused)));
        return;
    }
    const EvacuationPlan plan = parts.placement.plan_evacuation(host);
    if (!plan.errors.empty()) {
        done(tl::unexpected(plan.errors.begin()->second));
        return;
    }
    const std::int64_t asked = std::get<std::int64_t>(arguments[2].of);
    const auto window = static_cast<std::size_t>(asked > 0 ? asked : default_window);
    const std::string& network = text_in(arguments, 1);
    std::make_shared<Evacuation>(parts, caller, host, network, window, done)->begin(plan);
}

/// "code,parameter,..." of each error, joined by bars.
std::string joined(const EvacuationPlan& plan) {
    std::string all;
    for (const auto& [vm, error] : plan.errors) {
        if (!all.empty()) all += "|";
        std::string one;
        for (const std::string& part : error.description) one += (one.empty() ? "" : ",") + part;
        all += one;
    }
    return all;
}

void add_questions(VmParts& parts) {
    parts.service.handle("host.assert_can_evacuate", [&parts](const Caller&, const Array& arguments,
                                                              const Done& done) {
        const EvacuationPlan plan = parts.placement.plan_evacuation(text_in(arguments, 0));
        if (plan.errors.empty()) {
            done(Value{});
        } else {
            done(failure({"CANNOT_EVACUATE_HOST", joined(plan)}));
        }
    });
    parts.service.handle("host.get_vms_which_prevent_evacuation",
                         [&parts](const Caller&, const Array& arguments, const Done& done) {
                             Struct result;
                             const EvacuationPlan plan =
                                 parts.placement.plan_evacuation(text_in(arguments, 0));
                             for (const auto& [vm, error] : plan.errors) {
                                 Array words;
                                 for (const std::string& part : error.description)
                                     words.push_back(text(part));
                                 result.push_back({vm, {std::move(words)}});
                             }
                             done(Value{std::move(result)});
                         });
    for (const std::string_view method :
         {"host.retrieve_wlb_evacuate_recommendations", "VM.retrieve_wlb_recommendations"}) {
        parts.service.handle(method, [](const Caller&, const Array&, const Done& done) {
            done(failure({"WLB_NOT_INITIALIZED"}));
        });
    }
}

}  // namespace

void add_evacuation_calls(VmParts& parts) {
    parts.service.handle("host.evacuate",
                         [&parts](const Caller& caller, const Array& arguments, const Done& done) {
                             evacuate(parts, caller, arguments, done);
                         });
    add_questions(parts);
}

}  // namespace vacate::poolserver
