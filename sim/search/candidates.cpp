// Sweeps and mutations.
#include "sim/search/candidates.hpp"

#include <algorithm>

namespace vacate {
namespace {

constexpr HostOrder orders[] = {HostOrder::smallest_vms, HostOrder::least_content,
                                HostOrder::fewest_vms,   HostOrder::most_content,
                                HostOrder::largest_host, HostOrder::by_name};
constexpr Packing packings[] = {Packing::latest, Packing::best_fit, Packing::worst_fit};

Genome clocked(int width, int partial) {
    Genome genome;
    genome.by_clock = true;
    genome.width = width;
    genome.partial = partial;
    genome.order = HostOrder::smallest_vms;
    genome.style.packing = Packing::latest;
    genome.ahead = partial;
    genome.quickest_last = true;
    return genome;
}

// Those with little on them first, each VM where it fits best.
Genome by_content(int width, int partial) {
    Genome genome = clocked(width, partial);
    genome.order = HostOrder::least_content;
    genome.style.packing = Packing::best_fit;
    genome.ahead = 0;
    genome.quickest_last = false;
    return genome;
}

Genome anywhere(int widest, Random& random) {
    Genome genome;
    genome.by_clock = random.chance(3, 4);
    genome.width = static_cast<int>(std::max(random.between(0, widest), random.between(0, widest)));
    genome.partial = static_cast<int>(random.between(0, widest + 1));
    genome.order = orders[random.below(std::size(orders))];
    genome.salt = random.next();
    return genome;
}

Genome levelled(Genome genome) {
    genome.partial = genome.width + 1;
    if (genome.ahead > 0) genome.ahead = genome.partial;
    genome.level = true;
    return genome;
}

}  // namespace

std::vector<Genome> sweep(int widest, bool few_out) {
    std::vector<Genome> genomes;
    const auto add = [&genomes](const Genome& genome) {
        const bool known = std::find(genomes.begin(), genomes.end(), genome) != genomes.end();
        if (!known && genome.width >= 0) genomes.push_back(genome);
    };
    for (const Genome& one : {by_content(widest - widest / 8, 1), Genome{}, by_content(0, 0)}) {
        add(one);
    }
    // A small effort ends within these: neither order is the better one everywhere.
    if (!few_out) add(clocked(widest, 1));
    for (int width = widest; width > widest - 2; --width) {
        add(by_content(width, 1));
        add(levelled(by_content(width, 1)));
    }
    // Where few may be out at once, one that is emptied early takes another's place.
    const auto usual = few_out ? by_content : clocked;
    for (int width = widest; width >= 0; --width) {
        // Near the widest each one may save a round; further down every other one will do.
        const bool dense = widest - width < 8 || width % 2 == 0;
        if (!dense) continue;
        add(usual(width, 1));
        if (few_out && widest - width < 2) add(clocked(width, 0));
        add(levelled(usual(width, 1)));
    }
    for (int width = widest; width > 0; --width) {
        Genome genome;
        genome.width = width;
        genomes.push_back(genome);
    }
    return genomes;
}

std::vector<Genome> variants(const Genome& best, int widest, int round) {
    std::vector<Genome> genomes;
    const auto add = [&](auto change) {
        Genome genome = best;
        change(genome);
        if (genome != best) genomes.push_back(std::move(genome));
    };
    const auto add_orders = [&](int width) {
        if (width < 0 || width > widest) return;
        for (const HostOrder order : orders) {
            for (const Packing packing : packings) {
                if (packing == Packing::worst_fit && width != best.width) continue;
                add([&](Genome& one) {
                    one.width = width;
                    one.order = order;
                    one.style.packing = packing;
                    one.plain = false;
                });
            }
        }
    };
    if (round == 0) {
        add_orders(best.width);
    } else if (round == 1) {
        for (const int ahead : {0, 1, 2, 4, 8, 16}) {
            add([&](Genome& one) { one.ahead = ahead; });
        }
        add([](Genome& one) { one.quickest_last = !one.quickest_last; });
        add([](Genome& one) { one.least_next = !one.least_next; });
        add([](Genome& one) { one.wait = !one.wait; });
        add([](Genome& one) { one.longest_first = !one.longest_first; });
        for (const int partial : {0, 1, 2, 3, 4, 8, 1'000'000}) {
            add([&](Genome& one) { one.partial = partial; });
        }
        for (int share = best.width - 2; share <= best.width + 3; ++share) {
            add([&](Genome& one) {
                one.level = true;
                one.partial = std::max(1, share);
            });
        }
        add([](Genome& one) { one.level = !one.level; });
        add([](Genome& one) { one.style.whole_host_first = !one.style.whole_host_first; });
        add([](Genome& one) { one.by_clock = !one.by_clock; });
    } else {
        add_orders(best.width - 1);
        add_orders(best.width + 1);
    }
    return genomes;
}

Genome shuffled(const Pool& pool, const PoolState& state, int widest, Random& random) {
    Genome genome = anywhere(widest, random);
    genome.by_clock = true;
    genome.partial = static_cast<int>(random.between(0, 3));
    genome.ahead = static_cast<int>(random.between(0, 3));
    genome.quickest_last = random.chance(1, 2);
    genome.longest_first = random.chance(1, 2);
    genome.style.packing = packings[random.below(std::size(packings))];
    genome.members = ordered_members(pool, state, genome);
    for (std::size_t i = genome.members.size(); i > 1 && random.chance(15, 16); --i) {
        std::swap(genome.members[i - 1], genome.members[random.below(i)]);
    }
    return genome;
}

Genome mutated(const Pool& pool, const PoolState& state, const Genome& best, int widest,
               Random& random) {
    Genome genome = best;
    if (random.chance(1, 16)) {  // far away
        genome = anywhere(widest, random);
    }
    do {
        switch (random.below(9)) {
            case 0:
                genome.width = std::clamp(genome.width + (random.chance(1, 2) ? 1 : -1), 0, widest);
                break;
            case 1:
                genome.partial = std::max(0, genome.partial + (random.chance(1, 2) ? 1 : -1));
                break;
            case 2:
                genome.style.packing = packings[random.below(std::size(packings))];
                genome.style.whole_host_first = random.chance(3, 4);
                break;
            case 3:
                genome.wait = random.chance(1, 4);
                genome.level = random.chance(1, 2);
                genome.least_next = random.chance(1, 2);
                genome.quickest_last = random.chance(1, 2);
                genome.longest_first = random.chance(1, 2);
                break;
            case 4:
                genome.ahead = std::max(0, genome.ahead + (random.chance(1, 2) ? 1 : -1));
                break;
            default: {
                genome.members = ordered_members(pool, state, genome);
                const std::size_t count = genome.members.size();
                if (count < 2) break;
                const std::size_t from = random.below(count);
                const auto width = static_cast<std::size_t>(genome.width);
                // Half of the time across the border between the first members and the others.
                const bool across = random.chance(1, 2) && width > 0 && width < count;
                const std::size_t a = across ? random.below(width) : from;
                const std::size_t b =
                    across ? width + random.below(count - width) : random.below(count);
                const auto at = [&](std::size_t i) {
                    return genome.members.begin() + static_cast<std::ptrdiff_t>(i);
                };
                if (random.chance(2, 3)) {
                    std::swap(genome.members[a], genome.members[b]);
                } else if (a < b) {
                    std::rotate(at(a), at(a) + 1, at(b) + 1);
                } else {
                    std::rotate(at(b), at(a), at(a) + 1);
                }
            }
        }
    } while (random.chance(1, 3));
    return genome;
}

std::vector<Genome> last_resorts(Random& random) {
    std::vector<Genome> genomes;
    for (const HostOrder order : orders) {
        for (const Packing packing : {Packing::best_fit, Packing::worst_fit}) {
            for (const bool whole : {true, false}) {
                Genome genome;
                genome.order = order;
                genome.style = EvacuationStyle{packing, true, true, whole};
                genomes.push_back(genome);
                genome.salt = random.next();
                genomes.push_back(genome);
            }
        }
    }
    return genomes;
}

}  // namespace vacate
