// Which command waits for which task.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/journal.hpp"
#include "sim/live/driver.hpp"
#include "tools/xapi/acts.hpp"

namespace vacate::xapi {

/// Turns what is heard of tasks into observations. Not locked: whoever owns one does that.
class WatchList {
  public:
    /// A command waits for a task; what was heard of it already counts.
    [[nodiscard]] std::vector<live::Observation> watch(const std::string& task,
                                                       const Commanded& command,
                                                       const Directory& directory);
    /// A task is new or changed.
    [[nodiscard]] std::vector<live::Observation> hear(const std::string& task, const Struct& record,
                                                      const Directory& directory);
    /// A task is no more.
    [[nodiscard]] std::vector<live::Observation> lose(const std::string& task);
    /// The tasks that commands wait for.
    [[nodiscard]] std::vector<std::string> tasks() const;

  private:
    struct Watched {
        Commanded command;
        std::int64_t permille = 0;
    };
    std::map<std::string, Watched, std::less<>> watched_;
    std::map<std::string, Struct, std::less<>> ended_;  // of nobody yet
    std::deque<std::string> ended_order_;
};

}  // namespace vacate::xapi
