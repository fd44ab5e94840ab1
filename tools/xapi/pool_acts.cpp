// The lock, the backup, and the pool's switches.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/xapi/act_parts.hpp"
#include "tools/xapi/folder.hpp"
#include "tools/xapi_wire/json_value.hpp"

namespace vacate::xapi {
namespace {

using Advice = Answered::Advice;

Array on_pool(const ActContext& context) { return {wire::text(context.directory.pool)}; }

tl::expected<Texts, CallProblem> other_config(ActContext& context) {
    const CallResult answer = context.client.call("pool.get_other_config", on_pool(context));
    if (!answer) return tl::unexpected(answer.error());
    return map_of(*answer);
}

ActOutcome set_entry(ActContext& context, std::string_view key, const std::string& value) {
    return act(context, "pool.add_to_other_config",
               {wire::text(context.directory.pool), wire::text(key), wire::text(value)});
}

ActOutcome take_entry(ActContext& context, std::string_view key) {
    return act(context, "pool.remove_from_other_config",
               {wire::text(context.directory.pool), wire::text(key)});
}

ActOutcome held_by(const LockEntry& holder) {
    return refusal(Advice::stop, "POOL_IS_LOCKED", lock_sentence(holder));
}

/// Tasks of this run that have ended are of no more use.
void destroy_ended_tasks(ActContext& context) {
    const CallResult tasks = context.client.call("task.get_all_records", {});
    const Struct* const records = tasks ? std::get_if<Struct>(&tasks->of) : nullptr;
    if (records == nullptr) return;
    for (const Member& each : *records) {
        const auto* const record = std::get_if<Struct>(&each.value.of);
        if (record == nullptr || text_in(*record, "status") == "pending") continue;
        const std::string mark = entry(map_in(*record, "other_config"), task_key);
        if (!mark.starts_with(context.options.run + "#")) continue;
        (void)context.client.call("task.destroy", {wire::text(each.name)}, Manner::acts);
    }
}

// The backup.

ActOutcome cannot_write(const std::string& path, const std::string& why) {
    return refusal(Advice::stop, "BACKUP_FAILED", "the backup " + path + " " + why);
}

/// A file that is written to its end, synchronised, and read again.
class BackupFile {
  public:
    explicit BackupFile(const std::string& path)
        : handle_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
    ~BackupFile() {
        if (handle_ >= 0) ::close(handle_);
    }
    BackupFile(const BackupFile&) = delete;
    BackupFile& operator=(const BackupFile&) = delete;

    [[nodiscard]] bool is_open() const { return handle_ >= 0; }
    bool add(std::string_view piece) {
        while (!piece.empty()) {
            const ssize_t count = ::write(handle_, piece.data(), piece.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            piece.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    [[nodiscard]] int handle() const { return handle_; }
    [[nodiscard]] std::string read_again() const {
        std::string text;
        if (::lseek(handle_, 0, SEEK_SET) != 0) return text;
        char bytes[65'536];
        for (ssize_t count = 1; count > 0;) {
            count = ::read(handle_, bytes, sizeof bytes);
            if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
        }
        return text;
    }

  private:
    int handle_;
};

/// Why what was written is no backup of this pool; empty when it is one.
std::string doubt_about(const std::string& text, const std::string& path,
                        const Directory& directory) {
    const Result<codec::Database> database = codec::read_xapi_database(text, path);
    if (!database) return "cannot be read again: " + database.error().items.front().sentence;
    NameBooks books;
    const auto scenario = scenario_from_xapi_database(*database, path, books);
    if (!scenario) return "does not hold a pool: " + scenario.error().items.front().sentence;
    const codec::XapiNames& names = scenario->names;
    if (names.hosts.size() != directory.hosts.size()) {
        return "holds " + std::to_string(names.hosts.size()) + " hosts, the pool has " +
               std::to_string(directory.hosts.size());
    }
    for (const auto& [name, ref] : directory.hosts) {
        if (!names.hosts.contains(ref)) return "does not hold host " + name;
    }
    if (names.vms.empty() && directory.vm_count > 0) return "holds no VM";
    return {};
}

}  // namespace

ActOutcome lock_pool(ActContext& context) {
    const ActOptions& options = context.options;
    const std::string wanted = print_lock({options.run, options.owner, options.since});
    ActOutcome outcome = set_entry(context, lock_key, wanted);
    if (outcome.answer.code != "MAP_DUPLICATE_KEY") return outcome;
    const auto other = other_config(context);
    if (!other) return failure(context, other.error());
    const std::string held = entry(*other, lock_key);
    if (held.empty()) {
        return refusal(Advice::retry, "POOL_IS_LOCKED", "the pool was just given free");
    }
    const LockEntry holder = read_lock(held);
    return holder.run == options.run ? done({}, "the run held it already") : held_by(holder);
}

ActOutcome unlock_pool(ActContext& context) {
    const auto other = other_config(context);
    if (!other) return failure(context, other.error());
    const std::string held = entry(*other, lock_key);
    if (held.empty()) return done({}, "nobody held it");
    const LockEntry holder = read_lock(held);
    if (holder.run != context.options.run) return held_by(holder);
    destroy_ended_tasks(context);
    return take_entry(context, lock_key);
}

ActOutcome back_up_database(ActContext& context) {
    const std::string& path = context.options.backup_file;
    if (path.empty()) return cannot_write("of the pool's database", "has no file to go to");
    const auto other = other_config(context);
    if (!other) return failure(context, other.error());
    if (other->contains("rolling_upgrade_in_progress")) {
        return refusal(Advice::stop, "BACKUP_IN_MIXED_MODE",
                       "the pool runs different versions: its database cannot be backed up now, "
                       "it would answer with an empty one");
    }
    // The file of that name is whole or is not touched.
    const std::string part = path + ".part";
    BackupFile file(part);
    if (!file.is_open()) {
        return cannot_write(part, "cannot be written: " + std::string(strerror(errno)));
    }
    HttpLimits limits;
    limits.time = std::chrono::minutes(10);
    bool written = true;
    const auto downloaded = context.client.download(
        "/pool/xmldbdump", [&](std::string_view piece) { return written = file.add(piece); },
        limits);
    if (!written) return cannot_write(path, "cannot be written: " + std::string(strerror(errno)));
    if (!downloaded) {
        CallProblem problem = downloaded.error();
        // Half a backup changes nothing: it is fetched again.
        if (problem.kind == CallProblem::Kind::lost) problem.kind = CallProblem::Kind::unreachable;
        return failure(context, problem);
    }
    const std::string doubt = doubt_about(file.read_again(), path, context.directory);
    if (!doubt.empty()) return cannot_write(part, doubt);
    const bool safe = ::fsync(file.handle()) == 0 && std::rename(part.c_str(), path.c_str()) == 0;
    if (!safe || !sync_folder_of(path)) return cannot_write(path, "is not safe on its disk");
    return done(path,
                "verified: it holds " + std::to_string(context.directory.hosts.size()) + " hosts");
}

// It takes as long as its slowest host: looks go on meanwhile.
ActOutcome disable_ha(ActContext& context, const Commanded& command) {
    const CallResult enabled = context.client.call("pool.get_ha_enabled", on_pool(context));
    if (!enabled) return failure(context, enabled.error());
    if (!flag_of(*enabled)) return done({}, "it was off");
    ActOutcome outcome = begin(context, command, "pool.disable_ha", {});
    outcome.answer.memo = command.order.memo;
    return outcome;
}

ActOutcome enable_ha(ActContext& context, const std::string& memo) {
    const CallResult enabled = context.client.call("pool.get_ha_enabled", on_pool(context));
    if (!enabled) return failure(context, enabled.error());
    const auto kept = wire::read_json(memo.empty() ? "{}" : memo);
    const Struct* const how = kept ? std::get_if<Struct>(&kept->of) : nullptr;
    if (how == nullptr) return refusal(Advice::stop, "MEMO_UNREADABLE", "how HA was is not known");
    Array storages;
    for (const std::string& uuid : texts_in(*how, "storages")) {
        const CallResult ref = context.client.call("SR.get_by_uuid", {wire::text(uuid)});
        if (!ref) return failure(context, ref.error());
        storages.push_back(*ref);
    }
    const Value* const configuration = find(*how, "configuration");
    ActOutcome outcome = done({}, "it was on");
    if (!flag_of(*enabled)) {
        outcome = act(
            context, "pool.enable_ha",
            {{std::move(storages)}, configuration == nullptr ? Value{Struct{}} : *configuration});
    }
    const Value* const tolerate = find(*how, "tolerate");
    if (outcome.answer.kind != Answered::Kind::done || tolerate == nullptr) return outcome;
    outcome = act(context, "pool.set_ha_host_failures_to_tolerate",
                  {wire::text(context.directory.pool), {number_of(*tolerate)}});
    if (outcome.answer.kind != Answered::Kind::done) {
        outcome.answer.sentence =
            "HA is on; what remains is the number of host failures that it tolerates, which was " +
            std::to_string(number_of(*tolerate)) + ": " + outcome.answer.sentence;
    }
    return outcome;
}

ActOutcome switch_wlb(ActContext& context, bool on) {
    return act(context, "pool.set_wlb_enabled", {wire::text(context.directory.pool), {on}});
}

/// The pool's own entry decides: without it the VMs' entries mean nothing.
ActOutcome switch_auto_power_on(ActContext& context, bool on) {
    const auto other = other_config(context);
    if (!other) return failure(context, other.error());
    constexpr std::string_view key = "auto_poweron";
    if ((entry(*other, key) == "true") == on) return done();
    if (other->contains(key)) {
        ActOutcome taken = take_entry(context, key);
        if (taken.answer.kind != Answered::Kind::done || !on) return taken;
    }
    return set_entry(context, key, "true");
}

}  // namespace vacate::xapi
