// Every bound of the program in one place. Beyond one, the answer is an error, not an attempt.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vacate::limits {

inline constexpr std::size_t hosts = 8'192;
inline constexpr std::size_t vms = 262'144;
inline constexpr std::size_t networks = 65'536;
inline constexpr std::size_t storages = 65'536;
inline constexpr std::size_t groups = 65'536;
inline constexpr std::size_t steps = 1u << 20;
inline constexpr std::size_t steps_proved = 20'000;        // a proof takes steps^2 / 8 bytes
inline constexpr std::size_t transfers_scheduled = 4'000;  // migrations put in the best order
inline constexpr std::size_t input_bytes = 256u << 20;     // of any file
inline constexpr std::size_t nesting = 32;                 // of JSON
inline constexpr std::size_t includes = 64;                // files that a scenario includes
inline constexpr std::size_t name_bytes = 1'024;           // of any name
inline constexpr std::size_t attribute_bytes = 1u << 20;   // of one XML attribute
inline constexpr std::size_t errors_listed = 100;          // items of one Error
inline constexpr std::int64_t memory_bytes = std::int64_t{1} << 50;  // of one host or VM: 1 PiB
inline constexpr std::int64_t bandwidth_bytes_per_second = 1'250'000'000'000;  // 10 Tbit/s
inline constexpr std::int64_t duration_us = 366ll * 24 * 3600 * 1'000'000;     // a leap year
inline constexpr int precopy_rounds = 100'000;
inline constexpr std::size_t dirty_classes = 8;  // of one VM, beside its main one
inline constexpr int retries = 5;                // of a migration that fails
inline constexpr int replans = 8;                // in a row, of a run that gets nothing done
inline constexpr std::size_t link_faults = 1'000;
inline constexpr std::size_t recorded_values = 100'000;     // of one distribution
inline constexpr std::int64_t factor_permille = 1'000'000;  // by which chance changes a rate
inline constexpr std::int64_t runs = 1'000'000;             // of a plan, by chance
inline constexpr std::int64_t runs_times_hosts = 1 << 27;   // their times kept side by side: 1 GiB
inline constexpr int spare_hosts = 8;
inline constexpr std::int64_t spare_host_subsets = 5'000;  // losses that rule R9 tries one by one
inline constexpr std::int64_t study_rows = 10'000'000;     // cases times questions
inline constexpr std::size_t study_variants = 10'000;
inline constexpr std::size_t study_sweeps = 64;
inline constexpr std::size_t study_axes = 6;
inline constexpr std::size_t study_values = 10'000;  // of one axis
inline constexpr std::size_t study_questions = 32;
inline constexpr std::int64_t study_added = 4'096;  // hosts or VMs that one change adds

}  // namespace vacate::limits
