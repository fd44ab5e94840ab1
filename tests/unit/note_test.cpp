// The notes: every code has a sentence that stands with and without its detail.
#include "model/note.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

namespace vacate {
namespace {

std::vector<std::string> codes_of(NoteSubject subject) {
    std::vector<std::string> codes;
    std::istringstream text(known_note_codes(subject));
    for (std::string code; std::getline(text >> std::ws, code, ',');) codes.push_back(code);
    return codes;
}

TEST_CASE("a note is found by subject and code", "[note]") {
    REQUIRE(find_note_kind(NoteSubject::vm, "VM_HAS_PCI_ATTACHED") != nullptr);
    CHECK(find_note_kind(NoteSubject::vm, "VM_HAS_PCI_ATTACHED")->immobile);
    CHECK(find_note_kind(NoteSubject::vm, "VM_PAUSED")->immobile);
    CHECK_FALSE(find_note_kind(NoteSubject::vm, "PV_GUEST")->immobile);
    CHECK(find_note_kind(NoteSubject::host, "VM_HAS_PCI_ATTACHED") == nullptr);
    CHECK(find_note_kind(NoteSubject::vm, "NO_SUCH_CODE") == nullptr);
    CHECK(find_note_kind(NoteSubject::pool, "LICENCE_NO_MOTION") !=
          find_note_kind(NoteSubject::vm, "LICENCE_NO_MOTION"));
}

TEST_CASE("only VMs are immobile, and what is immobile asks for something", "[note]") {
    for (const NoteSubject subject : {NoteSubject::pool, NoteSubject::host, NoteSubject::vm}) {
        const std::vector<std::string> codes = codes_of(subject);
        CHECK(codes.size() >= 4);
        for (const std::string& code : codes) {
            INFO(code);
            const NoteKind* kind = find_note_kind(subject, code);
            REQUIRE(kind != nullptr);
            CHECK(std::count(codes.begin(), codes.end(), code) == 1);
            if (kind->immobile) {
                CHECK(subject == NoteSubject::vm);
                CHECK(kind->severity == Severity::act);
            }
            if (kind->severity != Severity::know) CHECK_FALSE(kind->remedy.empty());
        }
    }
}

TEST_CASE("a sentence stands with and without its detail", "[note]") {
    for (const NoteSubject subject : {NoteSubject::pool, NoteSubject::host, NoteSubject::vm}) {
        for (const std::string& code : codes_of(subject)) {
            INFO(code);
            const NoteKind* kind = find_note_kind(subject, code);
            const bool has_detail = kind->sentence.find("{}") != std::string_view::npos;
            const Finding full = finding_of(subject, {code, "the detail"}, "VM db-1");
            CHECK((full.sentence.find("the detail") != std::string::npos) == has_detail);
            const Finding bare = finding_of(subject, {code, ""}, "VM db-1");
            for (const std::string& text : {full.sentence, full.remedy, bare.sentence}) {
                CHECK(text.find_first_of("{}") == std::string::npos);
                CHECK(text.find("  ") == std::string::npos);
                CHECK(text.find("()") == std::string::npos);
            }
            CHECK(full.severity == kind->severity);
            CHECK(full.code == code);
            CHECK(full.subject == "VM db-1");
        }
    }
}

TEST_CASE("a remedy names the VM as --set wants it", "[note]") {
    const Note note{"VM_HAS_PCI_ATTACHED", "0000:03:00.0"};
    const Finding plain = finding_of(NoteSubject::vm, note, "VM db-1");
    CHECK(plain.sentence == "a PCI device is passed through to it (0000:03:00.0)");
    CHECK(plain.remedy == "--set 'vms.db-1.when_pinned=restart'");
    const Finding spaced = finding_of(NoteSubject::vm, note, "VM Windows XP SP2 (1)");
    CHECK(spaced.remedy == "--set 'vms.\"Windows XP SP2 (1)\".when_pinned=restart'");
    const Finding dotted = finding_of(NoteSubject::vm, note, "VM a.example.org");
    CHECK(dotted.remedy == "--set 'vms.\"a.example.org\".when_pinned=restart'");
    const Finding owned = finding_of(NoteSubject::vm, note, "VM Ann's");
    CHECK(owned.remedy == R"(--set 'vms."Ann'\''s".when_pinned=restart')");
    // A detail that looks like a place for a detail stays what it is.
    const Finding braces = finding_of(NoteSubject::vm, {"VM_HAS_PCI_ATTACHED", "{}"}, "VM a");
    CHECK(braces.sentence == "a PCI device is passed through to it ({})");
}

}  // namespace
}  // namespace vacate
