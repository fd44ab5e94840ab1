// The driver of the simulated pool: a wire that loses, delays and doubles what it carries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/random.hpp"
#include "sim/live/driver.hpp"
#include "sim/live/simulated_pool.hpp"

namespace vacate::live {

/// What may go wrong on the way to a pool and back.
enum class WireFault {
    order_lost,
    order_late,  // takes effect up to the grace later
    reply_lost,
    reply_late,
    reply_doubled,
    look_fails,
    look_slow,  // read up to a minute later, or under way as long
};
inline constexpr std::array<std::string_view, 7> wire_fault_names{
    "order lost",    "order late", "reply lost", "reply late",
    "reply doubled", "look fails", "look slow"};

/// How often, in permille, by WireFault.
struct Wire {
    std::array<std::int64_t, wire_fault_names.size()> chances{};
    Duration grace{};  // what takes effect later than this is lost
    Instant until{};   // from here on nothing of this happens any more
    friend bool operator==(const Wire&, const Wire&) = default;
};

/// Carries orders to a SimulatedPool and answers back. Its owner moves it on together with the
/// pool: whatever is due first.
class SimulatedDriver final : public Driver {
  public:
    /// Requires: `pool` lives as long as this.
    SimulatedDriver(SimulatedPool& pool, const Wire& wire, Random random, std::string run);

    void submit(const Commanded& command) override;
    void look() override;
    std::vector<Observation> poll(Instant now) override;

    /// When something arrives at the pool; nothing: nothing is on its way.
    [[nodiscard]] std::optional<Instant> next_arrival() const;
    /// When poll() has something to say.
    [[nodiscard]] std::optional<Instant> next_answer() const;
    /// Hands over what has arrived by now, and hears of what has ended.
    /// Requires: the pool was advanced to now.
    void advance();

    /// The process died: nobody waits for answers any more. What was sent goes on its way.
    void restart();

    /// When that was read which the last look delivered showed.
    [[nodiscard]] Instant seen_at() const { return seen_at_; }
    [[nodiscard]] bool is_looking() const { return looking_; }
    /// How often each fault has come, by WireFault.
    [[nodiscard]] const std::array<std::int64_t, wire_fault_names.size()>& faults() const {
        return faults_;
    }

  private:
    struct Outgoing {
        Instant at{};
        std::optional<Commanded> command;  // nothing: reads for a look
        bool mute = false;                 // nobody waits for the answer
        Duration back{};                   // of a look: how long its answer takes
    };
    struct Incoming {
        Instant at{};
        Observation what;
        Instant read_at{};  // of a look
    };

    bool happens(WireFault fault);
    Duration draw(std::int64_t low_ms, std::int64_t high_ms);
    void arrive(const Outgoing& message);
    void read(const Outgoing& message);
    void reply(const Answered& answer);
    void say_unknown(std::uint64_t key);
    void expect(Instant at, Observation what, Instant read_at = {});

    SimulatedPool* pool_;
    Wire wire_;
    Random random_;
    std::string run_;
    std::vector<Outgoing> outgoing_;
    std::vector<Incoming> incoming_;
    std::vector<std::uint64_t> submitted_;  // by this process
    std::vector<std::uint64_t> begun_;      // tasks that it knows of
    bool looking_ = false;
    Instant seen_at_{};
    std::array<std::int64_t, wire_fault_names.size()> faults_{};
};

}  // namespace vacate::live
