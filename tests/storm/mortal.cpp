// Deaths of the process at its journal and at its wire.
#include "tests/storm/mortal.hpp"

#include <algorithm>
#include <utility>

#include "model/codec/journal_text.hpp"

namespace vacate::storm {

MortalLedger::MortalLedger(Fate& fate, Random& random, Strikes strikes)
    : fate_(&fate), random_(&random), strikes_(std::move(strikes)) {}

Result<void> MortalLedger::append(const std::vector<Record>& records) {
    if (fate_->dead || records.empty()) return {};
    const std::optional<Death> death = strikes_();
    if (death == Death::disk_full) {
        Error error{Error::Kind::outside, "journal", {}};
        error.items.push_back({"", "no space left on device", "make room"});
        return tl::make_unexpected(std::move(error));
    }
    std::size_t written = records.size();
    if (death == Death::before) written = 0;
    if (death == Death::torn) written = static_cast<std::size_t>(random_->below(records.size()));
    journal_.insert(journal_.end(), records.begin(),
                    records.begin() + static_cast<std::ptrdiff_t>(written));
    if (!death) return {};
    fate_->how = *death;
    if (*death == Death::torn) {
        const std::string line = print_record(records[written]);
        torn_ = line.substr(0, static_cast<std::size_t>(random_->below(line.size())));
    }
    if (*death == Death::sending) {
        fate_->sends_left = random_->between(0, 3);
    } else {
        fate_->dead = true;
    }
    return {};
}

std::string MortalLedger::text() const {
    std::string text;
    for (const Record& record : journal_) text += print_record(record);
    return text + torn_;
}

MortalDriver::MortalDriver(Fate& fate, live::SimulatedDriver& driver, Sent sent)
    : fate_(&fate), driver_(&driver), sent_(std::move(sent)) {}

void MortalDriver::submit(const Commanded& command) {
    if (fate_->sends_left == 0) fate_->dead = true;
    if (fate_->dead) return;
    if (fate_->sends_left > 0) --fate_->sends_left;
    sent_(command);
    driver_->submit(command);
}

void MortalDriver::look() {
    if (!fate_->dead) driver_->look();
}

std::vector<live::Observation> MortalDriver::poll(Instant now) {
    std::vector<live::Observation> news = driver_->poll(now);
    for (const Told& told : std::exchange(told_, {})) news.emplace_back(told);
    return news;
}

}  // namespace vacate::storm
