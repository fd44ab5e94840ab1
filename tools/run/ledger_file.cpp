// Locks, writes and syncs.
#include "tools/run/ledger_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "model/codec/journal_text.hpp"
#include "model/limits.hpp"
#include "tools/xapi/folder.hpp"

namespace vacate {
namespace {

Error outside(const std::string& path, const std::string& what, std::string remedy) {
    return {Error::Kind::outside, path, {{"", what, std::move(remedy)}}};
}

std::string reason(const std::string& what) { return what + ": " + std::strerror(errno); }

// Closes the file unless it was taken.
class OpenFile {
  public:
    explicit OpenFile(int file) : file_(file) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (file_ >= 0) ::close(file_);
    }
    [[nodiscard]] int get() const { return file_; }
    [[nodiscard]] int take() {
        const int file = file_;
        file_ = -1;
        return file;
    }

  private:
    int file_;
};

bool lock(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

Result<std::string> read_all(int file, const std::string& path) {
    std::string text;
    std::array<char, 65'536> part{};
    while (true) {
        const ssize_t got = ::read(file, part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return tl::unexpected(outside(path, reason("it cannot be read"), ""));
        if (got == 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
        if (text.size() > limits::input_bytes) {
            return tl::unexpected(
                bad_input(path, "", "it is larger than a journal may be", "start a new run"));
        }
    }
}

}  // namespace

LedgerFile::LedgerFile(std::string path, int file, std::size_t bytes)
    : path_(std::move(path)), file_(file), bytes_(bytes) {
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error like any other
}

LedgerFile::~LedgerFile() { ::close(file_); }

Result<std::unique_ptr<LedgerFile>> LedgerFile::create(const std::string& path) {
    OpenFile opened(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (opened.get() < 0) {
        return tl::unexpected(
            errno == EEXIST
                ? outside(path, "there is a journal of this name already",
                          "go on with that run (vacate run --resume), or name another file")
                : outside(path, reason("the journal cannot be made"),
                          "name a file in a folder that can be written"));
    }
    if (!lock(opened.get()) || ::fsync(opened.get()) != 0 || !xapi::sync_folder_of(path)) {
        return tl::unexpected(outside(path, reason("the journal cannot be locked and synced"),
                                      "name a file on a local disk"));
    }
    return std::make_unique<LedgerFile>(path, opened.take(), 0);
}

Result<LedgerFile::Reopened> LedgerFile::reopen(const std::string& path) {
    OpenFile opened(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
    if (opened.get() < 0) {
        return tl::unexpected(outside(path, reason("the journal cannot be opened"),
                                      "name the journal of the run to go on with"));
    }
    if (!lock(opened.get())) {
        return tl::unexpected(outside(path, "a run that is under way holds this journal",
                                      "vacate status shows it; vacate abort ends it"));
    }
    const Result<std::string> text = read_all(opened.get(), path);
    if (!text) return tl::unexpected(text.error());
    Result<JournalText> read = read_journal(*text, path);
    if (!read) return tl::unexpected(read.error());
    if (read->bytes < text->size() &&
        (::ftruncate(opened.get(), static_cast<off_t>(read->bytes)) != 0 ||
         ::fsync(opened.get()) != 0)) {
        return tl::unexpected(
            outside(path, reason("its torn last line cannot be cut off"), "free some space"));
    }
    const int file = opened.take();
    return Reopened{std::make_unique<LedgerFile>(path, file, read->bytes),
                    std::move(read->journal)};
}

Result<void> LedgerFile::append(const std::vector<Record>& records) {
    if (records.empty()) return {};
    if (failed_) return tl::unexpected(outside(path_, "writing failed before", ""));
    std::string text;
    for (const Record& record : records) text += print_record(record);
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t now = ::write(file_, text.data() + written, text.size() - written);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) break;
        written += static_cast<std::size_t>(now);
    }
    if (written == text.size() && ::fdatasync(file_) == 0) {
        bytes_ += written;
        return {};
    }
    Error error = outside(path_, reason("the journal cannot be written"),
                          "make room or mend the disk, then vacate run --resume");
    failed_ = true;
    // Where even that fails, the next reader leaves the torn end out.
    [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(bytes_));
    return tl::unexpected(std::move(error));
}

Result<JournalNow> look_at_journal(const std::string& path) {
    const OpenFile opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0) {
        return tl::unexpected(outside(path, reason("the journal cannot be opened"),
                                      "name the journal that vacate run wrote"));
    }
    const Result<std::string> text = read_all(opened.get(), path);
    if (!text) return tl::unexpected(text.error());
    Result<JournalText> read = read_journal(*text, path);
    if (!read) return tl::unexpected(read.error());
    const bool is_held = ::flock(opened.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    return JournalNow{std::move(read->journal), is_held};
}

}  // namespace vacate
