// Wakes somebody: runs the operator's command when a run needs a person, is done or stopped.
#pragma once

#include <memory>
#include <string>

#include "tools/run/session.hpp"

namespace vacate {

/// Runs the command in the background, without a shell, with VACATE_EVENT (need-for-operator,
/// done, failed), VACATE_SENTENCE, VACATE_POOL and VACATE_JOURNAL in its environment. What it
/// prints goes to JOURNAL.notify.log. Its failures change nothing about the run.
class Notifier {
  public:
    Notifier(const std::string& command, std::string pool, std::string journal);
    /// Waits for what is under way, ten seconds at most.
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    void tell(Notice notice, const std::string& sentence) const;

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace vacate
