// Operators who do as they like while a run is going on, and hosts that crash.
#pragma once

#include <string>

#include "tests/storm/weather.hpp"

namespace vacate::storm {

class Meddler {
  public:
    /// Requires: all of them live as long as this.
    Meddler(const Weather& weather, live::SimulatedPool& pool, Random random);

    /// When the next one acts; nothing: nobody does any more.
    [[nodiscard]] std::optional<Instant> next_at() const { return next_at_; }
    /// Acts. Returns: what was tried, nothing where a word to the executor is due instead.
    std::optional<Meddling> act();

  private:
    void plan_next();
    void order(Act act, std::size_t vm, std::size_t host, std::size_t to);
    void touch_vm(Meddling what);
    void give_memory_back(std::size_t vm);
    void add_vm(bool fills);
    void touch_host(Meddling what);
    [[nodiscard]] std::size_t any_host();
    [[nodiscard]] std::size_t any_vm();

    const Weather* weather_;
    live::SimulatedPool* pool_;
    Random random_;
    std::optional<Instant> next_at_;
    int created_ = 0;
};

}  // namespace vacate::storm
