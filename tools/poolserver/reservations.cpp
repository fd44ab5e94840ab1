// Serves the queue whenever the lock is free.
#include "tools/poolserver/reservations.hpp"

#include <utility>

namespace vacate::poolserver {

void ReservationLock::enter(Act act) {
    waiting_.push_back(std::move(act));
    serve();
}

void ReservationLock::serve() {
    while (!waiting_.empty() && !expecting_ && free_at_ <= agenda_->now()) {
        const Act act = std::move(waiting_.front());
        waiting_.pop_front();
        free_at_ = agenda_->now() + act();
    }
    if (waiting_.empty() || expecting_) return;
    expecting_ = true;
    agenda_->at(free_at_, [this] {
        expecting_ = false;
        serve();
    });
}

}  // namespace vacate::poolserver
