// What can come of a call instead of its result, and what to do about it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "model/journal.hpp"
#include "model/result.hpp"
#include "tools/xapi_wire/value.hpp"

namespace vacate::xapi {

using wire::Array;
using wire::Member;
using wire::Struct;
using wire::Value;

/// Why a call has no result.
struct CallProblem {
    enum class Kind {
        refused,      // XAPI says so: `code` and `parameters`
        unreachable,  // it did not arrive
        lost,         // it may have been carried out; nobody said
        untrusted,    // the certificate, or plain HTTP
        stopped,      // we gave it up
    };
    Kind kind = Kind::unreachable;
    std::string code;
    std::vector<std::string> parameters;
    std::string sentence;
    std::string remedy;
    friend bool operator==(const CallProblem&, const CallProblem&) = default;
};
using CallResult = tl::expected<Value, CallProblem>;

/// A problem that XAPI states; sessions are not repeated in its sentence.
[[nodiscard]] CallProblem refused(std::vector<std::string> description);

/// What may help against a refusal: transient ones are tried again, some mean that the pool is
/// not as believed, the rest is for a person.
///
/// Source: xapi, ocaml/idl/datamodel_errors.ml; classes by what causes them.
[[nodiscard]] Answered::Advice advice_of(std::string_view code);

/// For people; `source` names the pool.
[[nodiscard]] Error error_of(const CallProblem& problem, const std::string& source);

}  // namespace vacate::xapi
