// Keeps task objects up to date and lets them expire.
#include "tools/poolserver/tasks.hpp"

#include <algorithm>
#include <utility>

#include "tools/poolserver/date_time.hpp"
#include "tools/poolserver/markup.hpp"

namespace vacate::poolserver {
namespace {

std::string escaped(std::string_view words) {
    std::string result;
    add_escaped(result, words, "&<>");
    return result;
}

std::string inner_text(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value.of)) {
        return std::string("<boolean>") + (*flag ? "1" : "0") + "</boolean>";
    }
    if (const auto* number = std::get_if<std::int64_t>(&value.of)) return std::to_string(*number);
    if (const auto* real = std::get_if<double>(&value.of)) {
        return "<double>" + std::to_string(*real) + "</double>";
    }
    if (const auto* words = std::get_if<std::string>(&value.of)) return escaped(*words);
    if (const auto* moment = std::get_if<DateTime>(&value.of)) {
        return "<dateTime.iso8601>" + print_date_time(*moment) + "</dateTime.iso8601>";
    }
    std::string parts;
    if (const auto* array = std::get_if<Array>(&value.of)) {
        for (const Value& each : *array) parts += "<value>" + inner_text(each) + "</value>";
        return "<array><data>" + parts + "</data></array>";
    }
    if (const auto* members = std::get_if<Struct>(&value.of)) {
        for (const Member& each : *members) {
            parts += "<member><name>" + escaped(each.name) + "</name><value>" +
                     inner_text(each.value) + "</value></member>";
        }
        return "<struct>" + parts + "</struct>";
    }
    return "";
}

}  // namespace

std::string result_text(const Value& value) {
    if (std::holds_alternative<std::monostate>(value.of)) return "";
    return "<value>" + inner_text(value) + "</value>";
}

Tasks::Tasks(Database& database, Agenda& agenda, DateTime started_at, const Lifetimes& lifetimes)
    : database_(&database), agenda_(&agenda), started_at_(started_at), lifetimes_(lifetimes) {}

DateTime Tasks::date() const {
    const auto passed = agenda_->now().time_since_epoch();
    return {started_at_.seconds + std::chrono::duration_cast<std::chrono::seconds>(passed).count()};
}

std::string Tasks::create(const std::string& label, const std::string& description,
                          const std::string& host, const std::string& session) {
    const std::string ref = database_->create("task", std::to_string(created_++),
                                              {{"name_label", text(label)},
                                               {"name_description", text(description)},
                                               {"created", {date()}},
                                               {"status", text("pending")},
                                               {"resident_on", text(host)}});
    const auto expiry = expiries().after(lifetimes_.pending, [this, ref] { destroy(ref); });
    tasks_.insert_or_assign(ref, Running{session, nullptr, expiry});
    return ref;
}

bool Tasks::pending(const std::string& ref) const {
    if (database_->find("task", ref) == nullptr) return false;
    const std::string& status = database_->text_of(ref, "status");
    return status == "pending" || status == "cancelling";
}

void Tasks::finish(const std::string& ref, const Answer& answer) {
    if (!pending(ref)) return;
    on_cancel(ref, nullptr);
    database_->set(ref, "current_operations", {Struct{}});
    database_->set(ref, "finished", {date()});
    database_->set(ref, "progress", {1.0});
    if (answer) {
        database_->set(ref, "result", text(result_text(*answer)));
        database_->set(ref, "status", text("success"));
    } else {
        Array error;
        for (const std::string& part : answer.error().description) error.push_back(text(part));
        const auto& description = answer.error().description;
        const bool cancelled = !description.empty() && description[0] == "TASK_CANCELLED";
        database_->set(ref, "error_info", {std::move(error)});
        database_->set(ref, "status", text(cancelled ? "cancelled" : "failure"));
    }
    const auto found = tasks_.find(ref);
    if (found == tasks_.end()) return;
    expiries().cancel(found->second.expiry);
    found->second.expiry = expiries().after(lifetimes_.completed, [this, ref] { destroy(ref); });
}

void Tasks::set_progress(const std::string& ref, double progress) {
    if (pending(ref)) database_->set(ref, "progress", {std::clamp(progress, 0.0, 1.0)});
}

void Tasks::on_cancel(const std::string& ref, std::function<void()> act) {
    const auto found = tasks_.find(ref);
    if (found == tasks_.end() || !pending(ref)) return;
    const bool possible = act != nullptr;
    found->second.cancel = std::move(act);
    database_->set(ref, "allowed_operations", {possible ? Array{text("cancel")} : Array{}});
}

tl::expected<void, Failure> Tasks::cancel(const std::string& ref) {
    const auto found = tasks_.find(ref);
    if (!pending(ref) || found == tasks_.end() || !found->second.cancel) {
        return tl::unexpected(
            Failure{{"OPERATION_NOT_ALLOWED", "this task cannot be cancelled: " + ref}});
    }
    const std::function<void()> act = std::move(found->second.cancel);
    on_cancel(ref, nullptr);
    database_->set(ref, "status", text("cancelling"));
    database_->put_entry(ref, "current_operations", ref, text("cancel"));
    act();
    return {};
}

void Tasks::destroy(const std::string& ref) {
    const auto found = tasks_.find(ref);
    if (found != tasks_.end()) {
        expiries().cancel(found->second.expiry);
        tasks_.erase(found);
    }
    // A copy: the caller's text may belong to the object.
    const std::string gone = ref;
    if (database_->find("task", gone) != nullptr) database_->destroy(gone);
}

bool Tasks::owned(const std::string& ref, const std::string& session) const {
    const auto found = tasks_.find(ref);
    return found != tasks_.end() && found->second.session == session;
}

void Tasks::clear() {
    while (!tasks_.empty()) {
        const std::string ref = tasks_.begin()->first;
        destroy(ref);
    }
}

}  // namespace vacate::poolserver
