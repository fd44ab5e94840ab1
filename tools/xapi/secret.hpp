// A password: where it comes from, and that it stays nowhere.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "model/result.hpp"

namespace vacate::xapi {

/// A text that is overwritten when it goes, and never printed.
class Secret {
  public:
    explicit Secret(std::string words) : words_(std::move(words)) {}
    ~Secret();
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    /// For the one call that needs it.
    [[nodiscard]] const std::string& reveal() const { return words_; }

  private:
    std::string words_;
};
/// Prints "***".
std::ostream& operator<<(std::ostream& out, const Secret& secret);

/// Overwrites a text that held a secret, and empties it.
void wipe(std::string& words);

/// Where a password may come from: the first that is given counts, then the environment variable
/// VACATE_PASSWORD, then the terminal.
struct PasswordSource {
    std::string file;     // its first line
    std::string command;  // the first line that it prints; run without a shell
    std::string prompt = "Password: ";
};

/// Reads the password. The environment variable is taken out of the environment, so that no
/// program that is started later inherits it.
///
/// Fails: bad input or outside, naming the source and never what it held.
[[nodiscard]] Result<std::shared_ptr<const Secret>> read_password(const PasswordSource& source);

}  // namespace vacate::xapi
