// The handler of the signals.
#include "tools/whatif/interrupt.hpp"

#include <csignal>

namespace vacate {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int signal) {
    if (interrupted != 0) {  // the second time: as if nobody had handled it
        std::signal(signal, SIG_DFL);
        std::raise(signal);
        return;
    }
    interrupted = 1;
    std::signal(signal, note_interrupt);
}

}  // namespace

Interrupt::Interrupt() {
    interrupted = 0;
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
}

Interrupt::~Interrupt() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::came() { return interrupted != 0; }

}  // namespace vacate
