// Files, the environment, commands and the terminal as sources of a password.
#include "tools/xapi/secret.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <ostream>

#include "tools/xapi/process.hpp"

namespace vacate::xapi {
namespace {

constexpr std::size_t bytes_max = 4096;

using Password = std::shared_ptr<const Secret>;

Error failed(Error::Kind kind, const std::string& source, const std::string& sentence,
             const std::string& remedy = {}) {
    Error error{kind, source, {}};
    error.items.push_back({"", sentence, remedy});
    return error;
}

/// The first line; `text` is wiped.
Result<Password> first_line(std::string text, const std::string& source) {
    std::string line = text.substr(0, text.find('\n'));
    wipe(text);
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) {
        return tl::unexpected(failed(Error::Kind::bad_input, source, "its first line is empty",
                                     "the first line is the password"));
    }
    Password secret = std::make_shared<const Secret>(line);
    wipe(line);
    return secret;
}

Result<Password> from_file(const std::string& path) {
    const int handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text(bytes_max, '\0');
    std::size_t size = 0;
    ssize_t count = handle < 0 ? -1 : 1;
    while (count > 0 && size < text.size()) {
        count = ::read(handle, text.data() + size, text.size() - size);
        if (count > 0) size += static_cast<std::size_t>(count);
    }
    const int problem = errno;
    if (handle >= 0) ::close(handle);
    if (count < 0) {
        return tl::unexpected(failed(Error::Kind::outside, path,
                                     "it cannot be read: " + std::string(strerror(problem))));
    }
    text.resize(size);
    return first_line(std::move(text), path);
}

Result<Password> from_command(const std::string& command) {
    const auto words = split_words(command);
    if (!words) {
        return tl::unexpected(failed(Error::Kind::bad_input, "--password-command", words.error()));
    }
    Result<std::string> output = output_of(*words, bytes_max);
    if (!output) return tl::unexpected(output.error());
    return first_line(std::move(*output), "the output of " + (*words)[0]);
}

std::optional<Password> from_environment() {
    char* const value = std::getenv("VACATE_PASSWORD");
    if (value == nullptr) return std::nullopt;
    Password secret = std::make_shared<const Secret>(value);
    OPENSSL_cleanse(value, std::strlen(value));  // /proc shows what the environment was
    ::unsetenv("VACATE_PASSWORD");
    return secret;
}

/// Reads a line from the terminal without showing it.
Result<Password> from_terminal(const std::string& prompt) {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    termios before{};
    if (terminal < 0 || ::tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0) ::close(terminal);
        return tl::unexpected(
            failed(Error::Kind::bad_input, "the password", "there is none, and no terminal to ask",
                   "give --password-file, --password-command or VACATE_PASSWORD"));
    }
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal, TCSAFLUSH, &silent);
    std::string line;
    std::array<char, 1> byte{};
    bool shown = ::write(terminal, prompt.data(), prompt.size()) >= 0;
    while (shown && line.size() < bytes_max && ::read(terminal, byte.data(), 1) == 1) {
        if (byte[0] == '\n') break;
        line.push_back(byte[0]);
    }
    ::tcsetattr(terminal, TCSAFLUSH, &before);
    shown = ::write(terminal, "\n", 1) == 1;
    ::close(terminal);
    return first_line(std::move(line), "what was typed");
}

}  // namespace

void wipe(std::string& words) {
    OPENSSL_cleanse(words.data(), words.size());
    words.clear();
}

Secret::~Secret() { wipe(words_); }

std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) { return out << "***"; }

Result<Password> read_password(const PasswordSource& source) {
    if (!source.file.empty() && !source.command.empty()) {
        return tl::unexpected(failed(Error::Kind::bad_input, "the password",
                                     "both --password-file and --password-command are given",
                                     "give one of them"));
    }
    std::optional<Password> inherited = from_environment();
    if (!source.file.empty()) return from_file(source.file);
    if (!source.command.empty()) return from_command(source.command);
    if (inherited) return std::move(*inherited);
    return from_terminal(source.prompt);
}

}  // namespace vacate::xapi
