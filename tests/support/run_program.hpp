// Runs a program as a user would: its output, its words and its status; and files for a while.
#pragma once

#include <string>
#include <vector>

namespace vacate {

struct ProgramRun {
    int status = 0;  // what it exited with; 128 + the signal that ended it
    std::string out;
    std::string err;
    friend bool operator==(const ProgramRun&, const ProgramRun&) = default;
};

/// Runs `program` in `folder`, its input from nowhere, and waits for its end.
[[nodiscard]] ProgramRun run_program(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const std::string& folder);

/// The same for arguments as they stand in a shell command.
[[nodiscard]] ProgramRun run_command_line(const std::string& program,
                                          const std::string& command_line,
                                          const std::string& folder);

/// A folder of its own that is gone with the value.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// The path of a file in it.
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

/// The whole of a file, or nothing when there is none; and writing one.
[[nodiscard]] std::string text_of_file(const std::string& path);
void write_text(const std::string& path, const std::string& text);

}  // namespace vacate
