// posix_spawn, pipes and waiting.
#include "tools/xapi/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>

extern char** environ;

namespace vacate::xapi {
namespace {

Error failed(const std::string& program, const std::string& sentence) {
    Error error{Error::Kind::outside, program, {}};
    error.items.push_back({"", sentence, ""});
    return error;
}

constexpr std::string_view secret_variable = "VACATE_PASSWORD=";

/// Our environment without the password and with `variables`.
std::vector<std::string> environment_with(const Variables& variables) {
    std::vector<std::string> all;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string_view entry = *each;
        bool replaced = entry.starts_with(secret_variable);
        for (const auto& [name, value] : variables) {
            replaced = replaced || entry.starts_with(name + "=");
        }
        if (!replaced) all.emplace_back(entry);
    }
    for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What a child's standard input, output and error are; -1: ours.
struct Streams {
    int in = -1;
    int out = -1;
    int error = -1;
    bool own_group = false;  // Ctrl-C at our terminal is not for the child
};

Result<pid_t> spawn(std::vector<std::string> words, const Variables& variables,
                    const Streams& streams) {
    std::vector<std::string> environment = environment_with(variables);
    const std::vector<char*> arguments = pointers_to(words);
    const std::vector<char*> entries = pointers_to(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (streams.in >= 0) posix_spawn_file_actions_adddup2(&actions, streams.in, 0);
    if (streams.out >= 0) posix_spawn_file_actions_adddup2(&actions, streams.out, 1);
    if (streams.error >= 0) posix_spawn_file_actions_adddup2(&actions, streams.error, 2);
    // Connections to the pool and the journal are no business of a child.
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&usual, one);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    const int group = streams.own_group ? POSIX_SPAWN_SETPGROUP : 0;  // of its own: pgroup is 0
    posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGDEF | group));
    pid_t child = 0;
    const int problem =
        posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), entries.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (problem == 0) return child;
    return tl::unexpected(failed(words[0], "it cannot be run: " + std::string(strerror(problem))));
}

int status_of(int waited) {
    return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

/// Takes the next character of a word; false at its end.
class Splitter {
  public:
    explicit Splitter(std::string_view line) : rest_(line) {}

    tl::expected<std::vector<std::string>, std::string> split() {
        while (!rest_.empty()) {
            const char c = take();
            if (quote_ == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
                end_word();
            } else if (quote_ == '\0' && (c == '\'' || c == '"')) {
                quote_ = c;
                in_word_ = true;
            } else if (quote_ != '\0' && c == quote_) {
                quote_ = '\0';
            } else if (c == '\\' && quote_ != '\'' && !rest_.empty()) {
                add(take());
            } else {
                add(c);
            }
        }
        if (quote_ != '\0') return tl::unexpected(std::string("a quote is not closed"));
        end_word();
        if (words_.empty()) return tl::unexpected(std::string("it is empty"));
        return std::move(words_);
    }

  private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    void add(char c) {
        word_.push_back(c);
        in_word_ = true;
    }
    void end_word() {
        if (in_word_) words_.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }

    std::string_view rest_;
    std::vector<std::string> words_;
    std::string word_;
    char quote_ = '\0';
    bool in_word_ = false;
};

}  // namespace

bool can_run(const std::string& program) {
    const auto is_one = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
    if (program.find('/') != std::string::npos) return is_one(program);
    const char* const path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (is_one((folder.empty() ? "." : folder) + "/" + program)) return true;
    }
    return false;
}

tl::expected<std::vector<std::string>, std::string> split_words(std::string_view line) {
    return Splitter(line).split();
}

Result<std::string> output_of(const std::vector<std::string>& words, std::size_t bytes_max) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return tl::unexpected(failed(words[0], "no pipe: " + std::string(strerror(errno))));
    }
    const Result<pid_t> child = spawn(words, {}, {-1, ends[1], -1, false});
    ::close(ends[1]);
    std::string output;
    std::array<char, 4096> bytes{};
    while (child) {
        const ssize_t count = ::read(ends[0], bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || output.size() > bytes_max) break;
        output.append(bytes.data(), static_cast<std::size_t>(count));
    }
    std::memset(bytes.data(), 0, bytes.size());
    ::close(ends[0]);
    if (!child) return tl::unexpected(child.error());
    int waited = 0;
    while (::waitpid(*child, &waited, 0) < 0 && errno == EINTR) {
    }
    if (const int status = status_of(waited); status != 0) {
        return tl::unexpected(failed(words[0], "it ended with status " + std::to_string(status)));
    }
    if (output.size() > bytes_max) return tl::unexpected(failed(words[0], "it printed too much"));
    return output;
}

Result<Ended> run_logged(const std::vector<std::string>& words, const Variables& variables,
                         const std::string& log, const std::function<bool()>& stopped) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (out < 0 || in < 0) {
        Error error = failed(log, "its output cannot be kept: " + std::string(strerror(errno)));
        if (out >= 0) ::close(out);
        if (in >= 0) ::close(in);
        return tl::unexpected(std::move(error));
    }
    const Result<pid_t> child = spawn(words, variables, {in, out, out, true});
    ::close(out);
    ::close(in);
    if (!child) return tl::unexpected(child.error());
    for (;;) {
        int waited = 0;
        const pid_t ended = ::waitpid(*child, &waited, WNOHANG);
        if (ended == *child) return Ended{status_of(waited), false};
        if (ended < 0 && errno != EINTR) return Ended{255, false};
        if (stopped()) return Ended{0, true};
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

}  // namespace vacate::xapi
