// One entry of the agenda.
#include "tools/poolserver/work.hpp"

#include <memory>

namespace vacate::poolserver {

void carry_out(VmParts& parts, const std::string& task, const Work& work, const Done& done) {
    Agenda& agenda = parts.service.agenda();
    auto entry = std::make_shared<Agenda::Entry>();
    const std::string key =
        parts.operations.begin(work.vm, work.operation, task,
                               [&agenda, entry, undo = work.undo, done](const Failure& why) {
                                   agenda.cancel(*entry);
                                   if (undo) undo();
                                   done(tl::unexpected(why));
                               });
    *entry =
        agenda.after(work.time, [&parts, key, effect = work.effect, result = work.result, done] {
            parts.operations.end(key);
            effect();
            done(result);
        });
}

}  // namespace vacate::poolserver
