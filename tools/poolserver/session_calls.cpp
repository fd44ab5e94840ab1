// Hands calls on to Sessions, Tasks and Events.
#include "tools/poolserver/session_calls.hpp"

#include <utility>

namespace vacate::poolserver {
namespace {

const std::string& text_at(const Array& arguments, std::size_t index) {
    return std::get<std::string>(arguments[index].of);
}

std::vector<std::string> texts_at(const Array& arguments, std::size_t index) {
    std::vector<std::string> texts;
    for (const Value& each : std::get<Array>(arguments[index].of)) {
        texts.push_back(std::get<std::string>(each.of));
    }
    return texts;
}

void refuse_login(PoolService& service, Duration refusal, const std::string& user,
                  const Done& done) {
    service.agenda().after(refusal, [done, user] {
        done(failure({"SESSION_AUTHENTICATION_FAILED", user, "Authentication failure"}));
    });
}

void add_logins(PoolService& service, Duration refusal) {
    service.handle(
        "session.login_with_password",
        [&service, refusal](const Caller& caller, const Array& arguments, const Done& done) {
            if (caller.host != service.coordinator()) {
                done(failure({"HOST_IS_SLAVE", service.coordinator_address()}));
                return;
            }
            const User* user =
                service.sessions().authenticate(text_at(arguments, 0), text_at(arguments, 1));
            if (user == nullptr) {
                refuse_login(service, refusal, text_at(arguments, 0), done);
                return;
            }
            done(text(service.sessions().open(*user, text_at(arguments, 3),
                                              service.hosts()[caller.host], service.date(),
                                              service.agenda().now())));
        });
    service.handle("session.slave_local_login_with_password",
                   [&service, refusal](const Caller&, const Array& arguments, const Done& done) {
                       const User* user = service.sessions().authenticate(text_at(arguments, 0),
                                                                          text_at(arguments, 1));
                       if (user == nullptr) {
                           refuse_login(service, refusal, text_at(arguments, 0), done);
                           return;
                       }
                       const Instant now = service.agenda().now();
                       done(text(service.sessions().open_local(*user, now)));
                   });
    const auto logout = [&service](const Caller& caller, const Array&, const Done& done) {
        service.sessions().close(caller.session);
        done(Value{});
    };
    service.handle("session.logout", logout);
    service.handle("session.local_logout", logout);
    service.handle("session.get_all_subject_identifiers",
                   [](const Caller&, const Array&, const Done& done) { done(Value{Array{}}); });
}

void add_tasks(PoolService& service) {
    service.handle("task.create", [&service](const Caller& caller, const Array& arguments,
                                             const Done& done) {
        done(text(service.tasks().create(text_at(arguments, 0), text_at(arguments, 1),
                                         service.hosts()[service.coordinator()], caller.session)));
    });
    service.handle("task.destroy",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       service.tasks().destroy(text_at(arguments, 0));
                       done(Value{});
                   });
    service.handle("task.cancel",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       const auto cancelled = service.tasks().cancel(text_at(arguments, 0));
                       if (!cancelled) {
                           done(tl::unexpected(cancelled.error()));
                       } else {
                           done(Value{});
                       }
                   });
}

void add_events(PoolService& service) {
    service.handle("event.from",
                   [&service](const Caller&, const Array& arguments, const Done& done) {
                       service.events().from(texts_at(arguments, 0), text_at(arguments, 1),
                                             std::get<double>(arguments[2].of), done);
                   });
    service.handle("event.inject", [&service](const Caller&, const Array& arguments,
                                              const Done& done) {
        const auto token = service.events().inject(text_at(arguments, 0), text_at(arguments, 1));
        if (token) {
            done(text(*token));
        } else {
            done(failure({"HANDLE_INVALID", text_at(arguments, 0), text_at(arguments, 1)}));
        }
    });
    service.handle("event.get_current_id",
                   [&service](const Caller&, const Array&, const Done& done) {
                       done(Value{service.database().generation()});
                   });
    service.handle("event.register",
                   [&service](const Caller& caller, const Array& arguments, const Done& done) {
                       service.events().subscribe(caller.session, texts_at(arguments, 0));
                       done(Value{});
                   });
    service.handle("event.unregister",
                   [&service](const Caller& caller, const Array& arguments, const Done& done) {
                       service.events().unsubscribe(caller.session, texts_at(arguments, 0));
                       done(Value{});
                   });
    service.handle("event.next", [&service](const Caller& caller, const Array&, const Done& done) {
        service.events().next(caller.session, done);
    });
}

}  // namespace

void add_session_calls(PoolService& service, Duration refusal) {
    add_logins(service, refusal);
    add_tasks(service);
    add_events(service);
}

}  // namespace vacate::poolserver
