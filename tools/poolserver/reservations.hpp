// The coordinator's lock: memory is reserved for one VM after the other.
#pragma once

#include <deque>
#include <functional>

#include "tools/poolserver/agenda.hpp"

namespace vacate::poolserver {

/// Source: xapi, ocaml/xapi/message_forwarding.ml:1613.
class ReservationLock {
  public:
    explicit ReservationLock(Agenda& agenda) : agenda_(&agenda) {}
    ReservationLock(const ReservationLock&) = delete;
    ReservationLock& operator=(const ReservationLock&) = delete;

    /// Says how long the lock is held from now on.
    using Act = std::function<Duration()>;
    /// Acts when the lock is free: at once, or in the order of entering.
    void enter(Act act);

  private:
    void serve();

    Agenda* agenda_;
    std::deque<Act> waiting_;
    Instant free_at_{};
    bool expecting_ = false;  // the agenda has an entry for the next one
};

}  // namespace vacate::poolserver
