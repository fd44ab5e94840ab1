// One departure: calls of the toolstack's own, in xapi's order.
#include "tools/poolserver/departure.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace vacate::poolserver {
namespace {

constexpr Duration clean_limit = std::chrono::seconds(60);
constexpr Duration least_evacuation = std::chrono::seconds(240);
constexpr std::int64_t link_bits = 1'000 * 1'024 * 1'024;  // of xapi's estimate, per second

class Departure : public std::enable_shared_from_this<Departure> {
  public:
    Departure(PoolService& service, std::string host, std::function<void()> done)
        : service_(service), host_(std::move(host)), done_(std::move(done)) {}

    void begin() {
        if (residents().empty()) return done_();
        service_.act("host.get_vms_which_prevent_evacuation", {text(host_)},
                     [self = shared_from_this()](const Answer& answer) {
                         self->shut_down(self->blockers(answer), [self] { self->evacuate(); });
                     });
    }

  private:
    std::vector<std::string> residents() const {
        const Database& database = service_.database();
        if (database.find(host_) == nullptr) return {};
        std::vector<std::string> vms = database.set_of(host_, "resident_VMs");
        std::erase_if(vms, [&](const std::string& vm) {
            return database.flag_of(vm, "is_control_domain") || leaves_by_itself(vm);
        });
        return vms;
    }
    bool leaves_by_itself(const std::string& vm) const {
        const auto& other = std::get<Struct>(service_.database().get(vm, "other_config").of);
        return std::ranges::find(other, "auto_poweroff", &Member::name) != other.end();
    }
    bool is_here(const std::string& vm) const {
        const std::vector<std::string> vms = residents();
        return std::ranges::find(vms, vm) != vms.end();
    }

    std::vector<std::string> blockers(const Answer& answer) const {
        std::vector<std::string> vms;
        if (!answer) return vms;
        const auto* map = std::get_if<Struct>(&answer->of);
        if (map == nullptr) return vms;
        for (const Member& each : *map) {
            if (is_here(each.name)) vms.push_back(each.name);
        }
        return vms;
    }

    /// Cleanly where the VM can, hard where that takes too long.
    void shut_down(const std::vector<std::string>& vms, const std::function<void()>& then) {
        const Database& database = service_.database();
        bool asked = false;
        for (const std::string& vm : vms) {
            const auto allowed = database.set_of(vm, "allowed_operations");
            if (std::ranges::find(allowed, "clean_shutdown") == allowed.end()) continue;
            asked = true;
            service_.act("VM.clean_shutdown", {text(vm)}, [](const Answer&) {});
        }
        wait(vms, asked ? clean_limit : Duration{}, [self = shared_from_this(), vms, then] {
            for (const std::string& vm : vms) {
                if (!self->is_here(vm)) continue;
                self->service_.act("VM.hard_shutdown", {text(vm)}, [](const Answer&) {});
            }
            self->wait(vms, clean_limit, then);
        });
    }

    /// Until none of the VMs is here, or the limit has passed; looks every second.
    void wait(const std::vector<std::string>& vms, Duration limit,
              const std::function<void()>& then) {
        const bool over = limit <= Duration{} ||
                          std::ranges::none_of(vms, [&](const auto& vm) { return is_here(vm); });
        if (over) return then();
        const Duration step = std::min<Duration>(limit, std::chrono::seconds(1));
        service_.agenda().after(step, [self = shared_from_this(), vms, limit, step, then] {
            self->wait(vms, limit - step, then);
        });
    }

    Duration evacuation_limit() const {
        const Database& database = service_.database();
        std::int64_t used = 0;
        for (const std::string& vm : database.set_of(host_, "resident_VMs")) {
            used += database.number_of(vm, "memory_target");
        }
        const Duration estimate = std::chrono::seconds(used * 8 / link_bits);
        return std::max(least_evacuation, estimate);
    }

    void evacuate() {
        const std::vector<std::string> vms = residents();
        if (vms.empty()) return done_();
        const auto over = std::make_shared<bool>(false);
        const auto finish = [self = shared_from_this(), over] {
            if (std::exchange(*over, true)) return;
            self->shut_down(self->residents(), self->done_);
        };
        service_.act("host.evacuate", {text(host_), text(null_ref), Value{std::int64_t{0}}},
                     [finish](const Answer&) { finish(); });
        service_.agenda().after(evacuation_limit(), finish);
    }

    PoolService& service_;
    std::string host_;
    std::function<void()> done_;
};

}  // namespace

void leave_vms(PoolService& service, const std::string& host, std::function<void()> done) {
    std::make_shared<Departure>(service, host, std::move(done))->begin();
}

}  // namespace vacate::poolserver
