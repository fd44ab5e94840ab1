// Wakes clients that wait when a class they named changes, at most every 50 ms.
#include "tools/poolserver/events.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace vacate::poolserver {
namespace {

/// Twenty digits of the database's generation; the second half counts messages, which are
/// objects like others here.
std::string token_text(Generation generation) {
    std::string digits = std::to_string(generation);
    digits.insert(0, 20 - std::min<std::size_t>(20, digits.size()), '0');
    return digits + "," + std::string(20, '0');
}

std::optional<Generation> read_token(const std::string& token) {
    if (token.empty()) return 0;
    const std::size_t comma = token.find(',');
    if (comma == std::string::npos) return std::nullopt;
    Generation halves[2]{};
    const char* const begins[2]{token.data(), token.data() + comma + 1};
    const char* const ends[2]{token.data() + comma, token.data() + token.size()};
    for (int i = 0; i < 2; ++i) {
        const auto [stop, problem] = std::from_chars(begins[i], ends[i], halves[i]);
        if (problem != std::errc{} || stop != ends[i] || halves[i] < 0) return std::nullopt;
    }
    return halves[0];
}

/// Sessions would report every call; an event is no object.
bool makes_events(const Class& of) { return of.name != "session" && of.name != "event"; }

}  // namespace

/// What an answer consists of, in the order in which it is given.
struct Events::Found {
    using Dated = std::vector<std::pair<Generation, Value>>;
    Dated added;
    Dated modified;
    Dated deleted;
};

Events::Events(Database& database, Agenda& agenda, const Pace& pace)
    : database_(&database), agenda_(&agenda), pace_(pace) {
    database_->listen([this](std::size_t class_index) { on_change(class_index); });
}

Events::Filter Events::filter_of(const std::vector<std::string>& classes) const {
    const Schema& schema = database_->schema();
    std::set<std::size_t> whole;
    Filter filter;
    for (const std::string& each : classes) {
        if (each == "*") {
            for (std::size_t i = 0; i < schema.classes().size(); ++i) whole.insert(i);
            continue;
        }
        const std::size_t slash = std::min(each.find('/'), each.size());
        const auto index = schema.find_any_case(std::string_view(each).substr(0, slash));
        if (!index) continue;  // xapi takes any name and never has an event for it
        if (slash == each.size()) {
            whole.insert(*index);
        } else {
            filter.part[*index].insert(each.substr(slash + 1));
        }
    }
    std::erase_if(whole, [&](std::size_t i) { return !makes_events(schema[i]); });
    std::erase_if(filter.part, [&](const auto& each) {
        return whole.contains(each.first) || !makes_events(schema[each.first]);
    });
    filter.whole.assign(whole.begin(), whole.end());
    for (const std::size_t index : filter.whole) filter.key += std::to_string(index) + " ";
    for (const auto& [index, refs] : filter.part) {
        filter.key += std::to_string(index) + "/";
        for (const std::string& ref : refs) filter.key += ref + " ";
    }
    filter.only_tasks =
        filter.part.empty() && filter.whole.size() == 1 && schema[filter.whole[0]].name == "task";
    return filter;
}

void Events::from(const std::vector<std::string>& classes, const std::string& token, double timeout,
                  Done done) {
    const std::optional<Generation> since = read_token(token);
    if (!since) {
        done(tl::unexpected(Failure{{"EVENT_FROM_TOKEN_PARSE_FAILURE", token}}));
        return;
    }
    const double longest = std::chrono::duration<double>(pace_.timeout_max).count();
    const double seconds = std::isfinite(timeout) ? std::clamp(timeout, 0.0, longest) : longest;
    wait(filter_of(classes), *since, Duration{std::llround(seconds * 1e6)}, std::move(done));
}

void Events::wait(Filter filter, Generation since, std::optional<Duration> timeout, Done done) {
    if (lost(filter, since)) {
        done(tl::unexpected(Failure{{"EVENTS_LOST"}}));
        return;
    }
    const bool at_once = filter.only_tasks;
    const std::uint64_t id = next_waiter_++;
    Waiter& waiter = waiters_[id];
    waiter.filter = std::move(filter);
    waiter.since = since;
    waiter.done = std::move(done);
    waiter.last_look = agenda_->now();
    if (timeout) waiter.end = agenda_->after(*timeout, [this, id] { look(id, true); });
    if (at_once) {
        look(id, false);
    } else {
        waiter.look = agenda_->after(pace_.batch, [this, id] { look(id, false); });
    }
}

bool Events::concerns(const Filter& filter, std::size_t class_index) const {
    return std::ranges::binary_search(filter.whole, class_index) ||
           filter.part.contains(class_index);
}

void Events::on_change(std::size_t class_index) {
    for (auto& [id, waiter] : waiters_) {
        if (waiter.look || !concerns(waiter.filter, class_index)) continue;
        waiter.look =
            agenda_->at(waiter.last_look + pace_.batch, [this, each = id] { look(each, false); });
    }
}

bool Events::lost(const Filter& filter, Generation since) const {
    if (since == 0) return false;
    const auto forgotten = [&](std::size_t index) { return since < database_->forgotten(index); };
    return std::ranges::any_of(filter.whole, forgotten) ||
           std::ranges::any_of(filter.part,
                               [&](const auto& each) { return forgotten(each.first); });
}

void Events::look(std::uint64_t id, bool at_end) {
    const auto found = waiters_.find(id);
    if (found == waiters_.end()) return;
    Waiter& waiter = found->second;
    if (waiter.look && at_end) agenda_->cancel(*waiter.look);
    waiter.look.reset();
    waiter.last_look = agenda_->now();
    const bool cut = lost(waiter.filter, waiter.since);
    const auto told = cut ? nullptr : answer(waiter.filter, waiter.since, at_end);
    if (!told && !cut) return;
    if (waiter.end) agenda_->cancel(*waiter.end);
    // Out first: the client may ask again at once.
    const Done done = std::move(waiter.done);
    waiters_.erase(found);
    if (cut) {
        done(tl::unexpected(Failure{{"EVENTS_LOST"}}));
    } else {
        done(*told);
    }
}

void Events::collect(const Filter& filter, std::size_t class_index, Generation since,
                     Found& found) const {
    const auto part = filter.part.find(class_index);
    const auto wanted = [&](const std::string& ref) {
        return part == filter.part.end() || part->second.contains(ref);
    };
    const std::string name = lower_case(database_->schema()[class_index].name);
    const auto entry = [&](Generation at, std::string_view operation, const std::string& ref) {
        return Struct{{"id", text(std::to_string(at))},
                      {"timestamp", text("0.0")},
                      {"class", text(name)},
                      {"operation", text(operation)},
                      {"ref", text(ref)}};
    };
    for (const Object* object : database_->changed_since(class_index, since)) {
        if (!wanted(object->ref)) continue;
        const bool is_new = object->created > since;
        Struct event = entry(object->modified, is_new ? "add" : "mod", object->ref);
        event.push_back({"snapshot", *database_->snapshot(*object)});
        auto& events = is_new ? found.added : found.modified;
        events.emplace_back(object->modified, Value{std::move(event)});
    }
    if (since == 0) return;  // who never saw anything misses nothing
    for (const Deletion& each : database_->deleted_since(class_index, since)) {
        if (!wanted(each.ref)) continue;
        found.deleted.emplace_back(each.at, Value{entry(each.at, "del", each.ref)});
    }
}

std::shared_ptr<const Value> Events::answer(const Filter& filter, Generation since,
                                            bool even_if_empty) {
    if (memo_generation_ != database_->generation()) memo_.clear();
    memo_generation_ = database_->generation();
    const std::pair<std::string, Generation> key{filter.key, since};
    const auto known = memo_.find(key);
    if (known != memo_.end() && (known->second || !even_if_empty)) return known->second;
    Found found;
    Generation newest = since;
    const auto visit = [&](std::size_t index) {
        if (database_->last_change(index) <= since) return;
        newest = std::max(newest, database_->last_change(index));
        collect(filter, index, since, found);
    };
    for (const std::size_t index : filter.whole) visit(index);
    for (const auto& [index, refs] : filter.part) visit(index);
    Array events;
    for (Found::Dated* part : {&found.added, &found.modified, &found.deleted}) {
        std::ranges::sort(*part, {}, &std::pair<Generation, Value>::first);
        for (auto& each : *part) events.push_back(std::move(each.second));
    }
    const bool empty = events.empty();
    if (empty && !even_if_empty) {
        memo_[key] = nullptr;
        return nullptr;
    }
    ++answers_built_;
    auto built = std::make_shared<const Value>(Value{Struct{{"events", {std::move(events)}},
                                                            {"valid_ref_counts", ref_counts()},
                                                            {"token", text(token_text(newest))}}});
    // What is empty is told at a time-out only, to each on its own.
    if (!empty) memo_[key] = built;
    return built;
}

Value Events::ref_counts() const {
    Struct counts;
    const Schema& schema = database_->schema();
    for (std::size_t i = 0; i < schema.classes().size(); ++i) {
        counts.push_back({lower_case(schema[i].name),
                          {Int32{static_cast<std::int32_t>(database_->table(i).size())}}});
    }
    for (const std::string& name : schema.other_classes()) counts.push_back({name, {Int32{0}}});
    return {std::move(counts)};
}

std::optional<std::string> Events::inject(std::string_view class_name, std::string_view ref) {
    const auto index = database_->schema().find_any_case(class_name);
    const Object* object = database_->find(ref);
    if (!index || object == nullptr || object->class_index != *index) return std::nullopt;
    const std::string token = token_text(database_->generation());
    database_->touch(ref);
    return token;
}

void Events::subscribe(const std::string& session, const std::vector<std::string>& classes) {
    const auto [at, is_new] = subscriptions_.try_emplace(session);
    if (is_new) at->second.since = database_->generation();
    at->second.classes.insert(classes.begin(), classes.end());
}

void Events::unsubscribe(const std::string& session, const std::vector<std::string>& classes) {
    const auto found = subscriptions_.find(session);
    if (found == subscriptions_.end()) return;
    for (const std::string& each : classes) found->second.classes.erase(each);
    if (found->second.classes.empty()) subscriptions_.erase(found);
}

void Events::next(const std::string& session, Done done) {
    const auto found = subscriptions_.find(session);
    if (found == subscriptions_.end()) {
        done(tl::unexpected(Failure{{"SESSION_NOT_REGISTERED", session}}));
        return;
    }
    const Subscription& subscription = found->second;
    const std::vector<std::string> classes(subscription.classes.begin(),
                                           subscription.classes.end());
    const auto then = [this, session, given = std::move(done)](const Answer& answer) {
        const auto again = subscriptions_.find(session);
        if (again != subscriptions_.end()) again->second.since = database_->generation();
        if (!answer) {
            given(answer);
            return;
        }
        given(std::get<Struct>(answer->of)[0].value);
    };
    wait(filter_of(classes), subscription.since, std::nullopt, then);
}

void Events::clear() {
    for (auto& [id, waiter] : waiters_) {
        if (waiter.look) agenda_->cancel(*waiter.look);
        if (waiter.end) agenda_->cancel(*waiter.end);
    }
    waiters_.clear();
    subscriptions_.clear();
}

}  // namespace vacate::poolserver
