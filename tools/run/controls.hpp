// What passes between a run and other terminals: files beside its journal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/journal.hpp"
#include "model/result.hpp"

namespace vacate {

/// The end of a run: takes the words in the order they were said. What was said before the run
/// began is not for it and is thrown away.
class Controls {
  public:
    /// Fails: outside, where the file beside `journal` cannot be made.
    [[nodiscard]] static Result<Controls> open(const std::string& journal);

    /// What was said since the last time; a line that is still being written waits.
    [[nodiscard]] std::vector<Told> take();

  private:
    explicit Controls(std::string path) : path_(std::move(path)) {}
    std::string path_;
    std::size_t taken_ = 0;  // bytes
};

/// Says a word to the run that holds `journal`.
/// Fails: outside, where no run holds it, or the file cannot be written.
[[nodiscard]] Result<void> tell_run(const std::string& journal, const Told& told);

/// Where a run stands, for other terminals: a file beside the journal, replaced as a whole. It is
/// there while the run is; the journal tells what was.
class StatusFile {
  public:
    /// Takes away what another run left.
    explicit StatusFile(const std::string& journal);
    ~StatusFile();
    StatusFile(const StatusFile&) = delete;
    StatusFile& operator=(const StatusFile&) = delete;

    /// Without a word where it cannot be written: a full disk must not stop a run for this. Then
    /// there is none.
    void write(const std::string& text) const;

  private:
    std::string path_;
};

/// What the run that holds `journal` wrote last; nothing where there is none.
[[nodiscard]] std::optional<std::string> read_status(const std::string& journal);

/// One line: "proceed srv-3"; nothing where it is none.
[[nodiscard]] std::string told_line(const Told& told);
[[nodiscard]] std::vector<Told> read_told(const std::string& text);

}  // namespace vacate
