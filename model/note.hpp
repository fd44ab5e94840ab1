// Facts about a pool that no rule of motion needs, but an operator must hear of.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace vacate {

/// A code of the tables in note.cpp, with what it is about in this case.
struct Note {
    std::string code;    // VM_HAS_PCI_ATTACHED, POWER_ON_ILO, ...
    std::string detail;  // the device, the reason, the SR: free text, may be empty
    friend auto operator<=>(const Note&, const Note&) = default;
};

/// What a note may be attached to.
enum class NoteSubject { pool, host, vm };

/// What the table says of one code.
struct NoteKind {
    NoteSubject subject;
    std::string_view code;
    Severity severity;
    bool immobile;              // a VM with it cannot be live-migrated (rule R8)
    bool suspendable;           // nor does it keep the VM from being suspended
    std::string_view sentence;  // "{}" stands for the detail
    std::string_view remedy;
};

/// The entry of `code` for `subject`, or nullptr when there is none.
///
/// Source: XenCenter's upgrade prechecks (XenAdmin/Diagnostics/Checks), xapi's
///         xapi_vm_lifecycle.ml:436-735 and Xen Orchestra's rollingPoolReboot.
[[nodiscard]] const NoteKind* find_note_kind(NoteSubject subject, std::string_view code);

/// Every code known for `subject`, comma separated, for an error text.
[[nodiscard]] std::string known_note_codes(NoteSubject subject);

/// The finding that `note` makes about the thing called `subject_name` ("VM db-1").
/// Requires: find_note_kind(subject, note.code).
[[nodiscard]] Finding finding_of(NoteSubject subject, const Note& note,
                                 const std::string& subject_name);

}  // namespace vacate
