// Words: lines appended to a file, read from where the last reading ended. Status: a file put in
// the place of the one before.
#include "tools/run/controls.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tools/run/ledger_file.hpp"

namespace vacate {
namespace {

constexpr std::array<std::string_view, 5> words{"pause", "resume", "abort", "proceed", "skip"};

std::string path_beside(const std::string& journal) { return journal + ".told"; }

std::string status_path(const std::string& journal) { return journal + ".status"; }

Error outside(const std::string& path, const std::string& sentence, std::string remedy) {
    return {Error::Kind::outside, path, {{"", sentence, std::move(remedy)}}};
}

}  // namespace

std::string told_line(const Told& told) {
    std::string line(words[static_cast<std::size_t>(told.what)]);
    if (!told.host.empty()) line += " " + told.host;
    return line + "\n";
}

std::vector<Told> read_told(const std::string& text) {
    std::vector<Told> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t space = line.find(' ');
        const std::string word = line.substr(0, space);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (word != words[i]) continue;
            all.push_back({static_cast<Told::What>(i),
                           space == std::string::npos ? std::string() : line.substr(space + 1)});
        }
    }
    return all;
}

Result<Controls> Controls::open(const std::string& journal) {
    const std::string path = path_beside(journal);
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return tl::unexpected(outside(path,
                                      std::string("it cannot be made: ") + std::strerror(errno),
                                      "name a journal in a folder that can be written"));
    }
    ::close(file);
    return Controls(path);
}

std::vector<Told> Controls::take() {
    std::ifstream file(path_, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(taken_));
    std::string text(std::istreambuf_iterator<char>(file), {});
    const std::size_t end = text.rfind('\n');
    if (end == std::string::npos) return {};
    text.resize(end + 1);
    taken_ += text.size();
    return read_told(text);
}

StatusFile::StatusFile(const std::string& journal) : path_(status_path(journal)) {
    std::remove(path_.c_str());
}

StatusFile::~StatusFile() { std::remove(path_.c_str()); }

void StatusFile::write(const std::string& text) const {
    const std::string next = path_ + ".next";
    const int file = ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return;
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    if (written && std::rename(next.c_str(), path_.c_str()) == 0) return;
    std::remove(next.c_str());
    std::remove(path_.c_str());
}

std::optional<std::string> read_status(const std::string& journal) {
    std::ifstream file(status_path(journal), std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<void> tell_run(const std::string& journal, const Told& told) {
    const Result<JournalNow> now = look_at_journal(journal);
    if (!now) return tl::unexpected(now.error());
    if (!now->is_held) {
        return tl::unexpected(outside(journal, "no run is under way with this journal",
                                      "vacate run --resume goes on with it"));
    }
    const std::string path = path_beside(journal);
    const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const std::string line = told_line(told);
    const bool written =
        file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const std::string why = std::strerror(errno);
    if (file >= 0) ::close(file);
    if (!written) return tl::unexpected(outside(path, "the run cannot be told: " + why, ""));
    return {};
}

}  // namespace vacate
