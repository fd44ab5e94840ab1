// vacate-whatif-mpi: the rows of a study on all processes of an MPI job. Rank 0 hands out their
// numbers, puts the answers in order and writes them.
#include <mpi.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>
#include <utility>

#include "sim/whatif/evaluate.hpp"
#include "tools/whatif/interrupt.hpp"
#include "tools/whatif/study_output.hpp"

namespace vacate {
namespace {

constexpr int tag_work = 1;  // to a worker: the number of a row, or no_more
constexpr int tag_row = 2;   // from a worker: the row as a line of JSON
constexpr std::int64_t no_more = -1;
constexpr std::int64_t ahead_max = 4'096;  // rows that wait for one before them

/// Rank 0: who works on what, and what waits for its turn.
class Dealer {
  public:
    Dealer(const LoadedStudy& loaded, StudyOutput& output, int ranks)
        : loaded_(loaded),
          output_(output),
          next_(output.next()),
          busy_(static_cast<std::size_t>(ranks), no_more) {}

    void run() {
        const auto ranks = static_cast<int>(busy_.size());
        for (int rank = 1; rank < ranks; ++rank) deal(rank);
        while (output_.next() < loaded_.head.rows && !stopping_) {
            output_.show_progress(output_.next());
            if (Interrupt::came()) return abandon();
            if (ranks == 1) {
                work_alone();
            } else if (!receive()) {
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        }
        while (std::any_of(busy_.begin(), busy_.end(),
                           [](std::int64_t row) { return row != no_more; })) {
            if (Interrupt::came()) return abandon();
            if (!receive()) std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        for (const int rank : waiting_) send(rank, no_more);
    }

  private:
    static void send(int rank, std::int64_t row) {
        MPI_Send(&row, 1, MPI_INT64_T, rank, tag_work, MPI_COMM_WORLD);
    }

    void deal(int rank) {
        const bool may =
            !stopping_ && next_ < loaded_.head.rows && next_ < output_.next() + ahead_max;
        if (!may) {
            waiting_.push_back(rank);
            return;
        }
        busy_[static_cast<std::size_t>(rank)] = next_;
        send(rank, next_++);
    }

    // Takes one row, if one has come.
    bool receive() {
        int has_come = 0;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, tag_row, MPI_COMM_WORLD, &has_come, &status);
        if (has_come == 0) return false;
        int size = 0;
        MPI_Get_count(&status, MPI_CHAR, &size);
        std::string line(static_cast<std::size_t>(size), ' ');
        MPI_Recv(line.data(), size, MPI_CHAR, status.MPI_SOURCE, tag_row, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        busy_[static_cast<std::size_t>(status.MPI_SOURCE)] = no_more;
        auto row = read_row(line);
        if (!row) {
            std::fprintf(stderr, "rank %d sent what is no row\n", status.MPI_SOURCE);
            MPI_Abort(MPI_COMM_WORLD, 3);
            return false;
        }
        const std::int64_t number = row->number;
        rows_.emplace(number, std::move(*row));
        pass_on();
        waiting_.push_back(status.MPI_SOURCE);
        const std::vector<int> free = std::exchange(waiting_, {});
        for (const int rank : free) deal(rank);
        return true;
    }

    void pass_on() {
        for (auto row = rows_.find(output_.next()); row != rows_.end() && !stopping_;
             row = rows_.find(output_.next())) {
            if (!output_.take(row->second)) stopping_ = true;
            rows_.erase(row);
        }
    }

    void work_alone() {
        const Evaluator evaluator(loaded_.study, *loaded_.maker);
        const auto row = evaluator.row(next_++, [] { return Interrupt::came(); });
        if (row && !output_.take(*row)) stopping_ = true;
    }

    // A signal, from the operator or because a rank was lost: what was written stays, the others
    // are not waited for.
    void abandon() {
        const Outcome outcome = output_.close();
        std::string lost;
        for (std::size_t rank = 1; rank < busy_.size(); ++rank) {
            if (busy_[rank] == no_more) continue;
            lost += (lost.empty() ? "" : ", ") + std::to_string(busy_[rank]);
        }
        if (!lost.empty()) {
            std::fprintf(stderr, "vacate-whatif-mpi: rows under way were not done: %s\n",
                         lost.c_str());
        }
        (void)print(outcome);
        std::fflush(nullptr);
        MPI_Abort(MPI_COMM_WORLD, static_cast<int>(outcome.status));
    }

    const LoadedStudy& loaded_;
    StudyOutput& output_;
    std::int64_t next_;
    std::vector<std::int64_t> busy_;  // by rank: the row that it works on
    std::vector<int> waiting_;        // ranks without work
    std::map<std::int64_t, StudyRow> rows_;
    bool stopping_ = false;
};

void work(const LoadedStudy& loaded) {
    const Evaluator evaluator(loaded.study, *loaded.maker);
    while (true) {
        std::int64_t number = no_more;
        MPI_Recv(&number, 1, MPI_INT64_T, 0, tag_work, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (number == no_more) return;
        const auto row = evaluator.row(number);
        const std::string line = row_json(*row);
        MPI_Send(line.data(), static_cast<int>(line.size()), MPI_CHAR, 0, tag_row, MPI_COMM_WORLD);
    }
}

// All ranks read the same files; one that sees others would answer another study.
bool all_agree(std::uint64_t fingerprint, bool is_read) {
    constexpr std::uint64_t all_bits = ~std::uint64_t{0};  // in both: no two ranks agree then
    std::uint64_t mine[2] = {is_read ? fingerprint : all_bits, is_read ? ~fingerprint : all_bits};
    std::uint64_t most[2] = {0, 0};
    MPI_Allreduce(mine, most, 2, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    return most[0] == ~most[1];
}

int run(const WhatifArguments& arguments, int rank, int ranks) {
    constexpr const char* nothing = "nothing was run";
    const auto loaded = load_study(arguments);
    const std::uint64_t fingerprint = loaded ? (*loaded)->head.fingerprint : 0;
    const bool agreed = all_agree(fingerprint, loaded.has_value());
    if (!loaded) {
        return rank == 0 ? print(outcome_of(loaded.error(), arguments.json, nothing))
                         : static_cast<int>(Status::bad_input);
    }
    if (!agreed) {
        if (rank == 0) {
            std::fputs("vacate-whatif-mpi: the ranks do not read the same study and pool\n",
                       stderr);
        }
        return static_cast<int>(Status::bad_input);
    }
    if (rank > 0) {
        work(**loaded);
        return 0;
    }
    auto output = StudyOutput::open(arguments, **loaded);
    if (!output) {
        const int status = print(outcome_of(output.error(), arguments.json, nothing));
        MPI_Abort(MPI_COMM_WORLD, status);
        return status;
    }
    const Interrupt interrupt;
    Dealer(**loaded, **output, ranks).run();
    return print((*output)->close());
}

}  // namespace
}  // namespace vacate

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    int rank = 0;
    int ranks = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    CLI::App program("The rows of vacate whatif on all processes of an MPI job; the same rows.",
                     "vacate-whatif-mpi");
    vacate::WhatifArguments arguments;
    const auto collect = vacate::add_whatif_options(program, arguments);
    int status = 0;
    try {
        program.parse(argc, argv);
        collect();
        status = vacate::run(arguments, rank, ranks);
    } catch (const CLI::ParseError& error) {
        if (rank == 0) status = program.exit(error);
        if (status != 0) status = static_cast<int>(vacate::Status::bad_input);
    }
    MPI_Finalize();
    return status;
}
