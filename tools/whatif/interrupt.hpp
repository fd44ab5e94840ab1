// Ctrl-C, heard but not obeyed at once.
#pragma once

namespace vacate {

/// While it lives, the first SIGINT or SIGTERM is noted; the second one ends the program.
/// Requires: one at a time.
class Interrupt {
  public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] static bool came();
};

}  // namespace vacate
