// The bar, the line and the clock.
#include "tools/whatif/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "model/rule.hpp"

namespace vacate {
namespace {

constexpr std::size_t cells = 20;
constexpr auto terminal_waits = std::chrono::milliseconds(200);
constexpr auto line_waits = std::chrono::seconds(30);

// A terminal that cannot go back in its line gets lines.
bool is_terminal() {
    const char* const kind = std::getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

std::size_t columns_now() {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1u : 79;  // a full line would wrap
}

}  // namespace

std::string progress_line(double part, Duration left, const std::string& words,
                          std::size_t columns) {
    const double bounded = std::clamp(part, 0.0, 1.0);
    const auto full = static_cast<std::size_t>(bounded * cells);
    const std::string percent = std::to_string(static_cast<int>(bounded * 100));
    std::string line = "[" + std::string(full, '#') + std::string(cells - full, '-') + "] " +
                       std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent +
                       " %";
    if (left.count() >= 0) {
        line += "  " + display(std::chrono::round<std::chrono::seconds>(left)) + " to go";
    }
    line += "  " + words;
    return line.substr(0, columns);
}

Progress::Progress() : on_terminal_(is_terminal()) {}

Duration Progress::passed() const {
    return std::chrono::duration_cast<Duration>(Clock::now() - begun_);
}

// Of the first moments nothing can be told.
Duration Progress::left_of(double part) const {
    const Duration so_far = passed();
    if (part < 0.01 || so_far < std::chrono::seconds(1)) return Duration{-1};
    const double more = static_cast<double>(so_far.count()) * (1 - std::min(1.0, part)) / part;
    return Duration{static_cast<Duration::rep>(more)};
}

void Progress::show(double part, const std::string& words) {
    const auto now = Clock::now();
    if (part < part_) begun_ = now;
    part_ = part;
    if (on_terminal_ ? now - shown_ < terminal_waits : now - shown_ < line_waits) return;
    shown_ = now;
    const std::string line =
        progress_line(part, left_of(part), words, on_terminal_ ? columns_now() : 1000);
    std::fputs((on_terminal_ ? "\r" + line + "\033[K" : line + "\n").c_str(), stderr);
    std::fflush(stderr);
    is_open_ = on_terminal_;
}

void Progress::erase() {
    if (is_open_) std::fputs("\r\033[K", stderr);
    is_open_ = false;
}

}  // namespace vacate
