// Inverses of distributions: tables, differences, shifts.
#include "model/quantile.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "model/check.hpp"

namespace vacate {
namespace {

__extension__ typedef unsigned __int128 UnsignedWide;

constexpr int nodes_per_octave = 8;
constexpr std::int64_t last_octave = 32;
constexpr std::int64_t normal_95 = 7'064'592'534;  // 95 % lie below it, in 2^-32

// Of 2^-y / 2 of a standard normal distribution, how far below its middle it lies, in 2^-32, for
// y from -2/8 to 32 3/8 in steps of 1/8. Found with 50 digits by Newton's method on the logarithm
// of the complementary error function; a test finds them anew.
constexpr std::array<std::int64_t, 262> normal_depth{{
    -1'028'229'269, -488'247'548,   0,
    447'571'263,    862'201'755,    1'249'531'712,
    1'613'810'747,  1'958'327'107,  2'285'681'903,
    2'597'971'274,  2'896'911'419,  3'183'926'850,
    3'460'214'185,  3'726'789'239,  3'984'522'429,
    4'234'165'830,  4'476'374'145,  4'711'721'187,
    4'940'712'968,  5'163'798'217,  5'381'376'912,
    5'593'807'259,  5'801'411'452,  6'004'480'459,
    6'203'278'036,  6'398'044'093,  6'588'997'566,
    6'776'338'851,  6'960'251'896,  7'140'905'998,
    7'318'457'364,  7'493'050'459,  7'664'819'189,
    7'833'887'933,  8'000'372'452,  8'164'380'685,
    8'326'013'466,  8'485'365'145,  8'642'524'151,
    8'797'573'493,  8'950'591'204,  9'101'650'747,
    9'250'821'371,  9'398'168'439,  9'543'753'724,
    9'687'635'672,  9'829'869'646,  9'970'508'145,
    10'109'601'004, 10'247'195'579, 10'383'336'911,
    10'518'067'881, 10'651'429'350, 10'783'460'289,
    10'914'197'893, 11'043'677'699, 11'171'933'677,
    11'298'998'332, 11'424'902'783, 11'549'676'849,
    11'673'349'118, 11'795'947'021, 11'917'496'891,
    12'038'024'024, 12'157'552'738, 12'276'106'420,
    12'393'707'577, 12'510'377'880, 12'626'138'208,
    12'741'008'685, 12'855'008'720, 12'968'157'037,
    13'080'471'715, 13'191'970'212, 13'302'669'398,
    13'412'585'579, 13'521'734'525, 13'630'131'495,
    13'737'791'256, 13'844'728'107, 13'950'955'899,
    14'056'488'056, 14'161'337'588, 14'265'517'115,
    14'369'038'877, 14'471'914'753, 14'574'156'276,
    14'675'774'645, 14'776'780'738, 14'877'185'126,
    14'976'998'085, 15'076'229'606, 15'174'889'408,
    15'272'986'944, 15'370'531'415, 15'467'531'779,
    15'563'996'756, 15'659'934'841, 15'755'354'311,
    15'850'263'229, 15'944'669'459, 16'038'580'663,
    16'132'004'318, 16'224'947'714, 16'317'417'967,
    16'409'422'019, 16'500'966'648, 16'592'058'471,
    16'682'703'950, 16'772'909'398, 16'862'680'982,
    16'952'024'728, 17'040'946'528, 17'129'452'138,
    17'217'547'189, 17'305'237'188, 17'392'527'521,
    17'479'423'457, 17'565'930'153, 17'652'052'655,
    17'737'795'903, 17'823'164'734, 17'908'163'882,
    17'992'797'987, 18'077'071'592, 18'160'989'147,
    18'244'555'015, 18'327'773'469, 18'410'648'700,
    18'493'184'814, 18'575'385'838, 18'657'255'722,
    18'738'798'338, 18'820'017'486, 18'900'916'891,
    18'981'500'212, 19'061'771'037, 19'141'732'889,
    19'221'389'223, 19'300'743'434, 19'379'798'855,
    19'458'558'759, 19'537'026'358, 19'615'204'809,
    19'693'097'215, 19'770'706'620, 19'848'036'019,
    19'925'088'353, 20'001'866'514, 20'078'373'343,
    20'154'611'635, 20'230'584'135, 20'306'293'545,
    20'381'742'521, 20'456'933'673, 20'531'869'572,
    20'606'552'744, 20'680'985'676, 20'755'170'813,
    20'829'110'564, 20'902'807'295, 20'976'263'340,
    21'049'480'992, 21'122'462'510, 21'195'210'119,
    21'267'726'007, 21'340'012'330, 21'412'071'212,
    21'483'904'744, 21'555'514'984, 21'626'903'961,
    21'698'073'674, 21'769'026'091, 21'839'763'152,
    21'910'286'769, 21'980'598'825, 22'050'701'176,
    22'120'595'652, 22'190'284'056, 22'259'768'167,
    22'329'049'737, 22'398'130'493, 22'467'012'139,
    22'535'696'357, 22'604'184'801, 22'672'479'107,
    22'740'580'886, 22'808'491'728, 22'876'213'201,
    22'943'746'851, 23'011'094'205, 23'078'256'769,
    23'145'236'028, 23'212'033'450, 23'278'650'481,
    23'345'088'549, 23'411'349'064, 23'477'433'417,
    23'543'342'981, 23'609'079'113, 23'674'643'151,
    23'740'036'416, 23'805'260'213, 23'870'315'832,
    23'935'204'544, 23'999'927'606, 24'064'486'259,
    24'128'881'729, 24'193'115'226, 24'257'187'948,
    24'321'101'074, 24'384'855'773, 24'448'453'198,
    24'511'894'488, 24'575'180'769, 24'638'313'153,
    24'701'292'740, 24'764'120'616, 24'826'797'855,
    24'889'325'519, 24'951'704'655, 25'013'936'302,
    25'076'021'484, 25'137'961'214, 25'199'756'494,
    25'261'408'315, 25'322'917'655, 25'384'285'483,
    25'445'512'756, 25'506'600'421, 25'567'549'414,
    25'628'360'661, 25'689'035'078, 25'749'573'570,
    25'809'977'034, 25'870'246'355, 25'930'382'411,
    25'990'386'067, 26'050'258'183, 26'109'999'606,
    26'169'611'177, 26'229'093'726, 26'288'448'075,
    26'347'675'038, 26'406'775'420, 26'465'750'017,
    26'524'599'617, 26'583'325'001, 26'641'926'941,
    26'700'406'201, 26'758'763'538, 26'816'999'700,
    26'875'115'429, 26'933'111'458, 26'990'988'514,
    27'048'747'315, 27'106'388'575, 27'163'912'997,
    27'221'321'279, 27'278'614'113, 27'335'792'184,
    27'392'856'167,
}};

// 2 to the power of 1/2, 1/4, 1/8, ..., in 2^-62.
constexpr std::array<std::int64_t, 32> roots_of_two{{
    6'521'908'912'666'391'106, 5'484'249'825'272'419'512, 5'029'079'263'719'320'435,
    4'815'862'801'830'788'490, 4'712'668'792'719'003'884, 4'661'903'986'662'671'290,
    4'636'727'017'470'743'990, 4'624'189'567'668'517'720, 4'617'933'561'212'708'776,
    4'614'808'732'577'250'068, 4'613'247'111'281'068'008, 4'612'466'498'810'092'975,
    4'612'076'242'109'103'707, 4'611'881'126'141'011'236, 4'611'783'571'252'412'754,
    4'611'734'794'581'956'353, 4'611'710'406'440'186'476, 4'611'698'212'417'665'819,
    4'611'692'115'418'496'524, 4'611'689'066'921'934'630, 4'611'687'542'674'409'371,
    4'611'686'780'550'835'664, 4'611'686'399'489'096'040, 4'611'686'208'958'238'036,
    4'611'686'113'692'811'986, 4'611'686'066'060'099'699, 4'611'686'042'243'743'740,
    4'611'686'030'335'565'807, 4'611'686'024'381'476'851, 4'611'686'021'404'432'377,
    4'611'686'019'915'910'140, 4'611'686'019'171'649'022,
}};

std::uint64_t part_of(std::uint64_t u, std::uint64_t count) {
    return static_cast<std::uint64_t>(static_cast<UnsignedWide>(u) * count >> 64);
}

// Rounded down, digit by digit.
std::uint64_t root_of(UnsignedWide square) {
    UnsignedWide root = 0;
    for (UnsignedWide bit = static_cast<UnsignedWide>(1) << 126; bit != 0; bit >>= 2) {
        if (square >= root + bit) {
            square -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return static_cast<std::uint64_t>(root);
}

}  // namespace

std::int64_t log2_of(std::uint64_t number) {
    const int zeros = std::countl_zero(number);
    std::uint64_t mantissa = number << zeros;  // in 2^-63, from 1 to 2
    std::int64_t sum = 63 - zeros;
    for (int digit = 0; digit < 32; ++digit) {
        const UnsignedWide square = static_cast<UnsignedWide>(mantissa) * mantissa;
        const auto high = static_cast<std::uint64_t>(square >> 64);
        const std::uint64_t above_two = high >> 63;
        mantissa = above_two != 0 ? high : static_cast<std::uint64_t>(square >> 63);
        sum = 2 * sum + static_cast<std::int64_t>(above_two);
    }
    return sum;
}

std::int64_t times_power_of_two(std::int64_t number, std::int64_t exponent) {
    constexpr std::int64_t most = std::int64_t{1} << 62;
    const std::int64_t whole = exponent >> 32;  // rounded down
    const auto fraction = static_cast<std::uint32_t>(exponent & 0xffff'ffff);
    if (number <= 0 || whole < -64) return 0;
    if (whole >= 62) return most;
    Wide factor = most;
    for (std::uint32_t rest = fraction; rest != 0;) {
        const int digit = std::countl_zero(rest);
        factor = factor * roots_of_two[static_cast<std::size_t>(digit)] >> 62;
        rest &= ~(0x8000'0000u >> digit);
    }
    const Wide product = static_cast<Wide>(number) * factor;
    const auto shift = static_cast<int>(62 - whole);  // from 1 to 126
    const Wide rounded = ((product >> (shift - 1)) + 1) >> 1;
    return rounded < most ? static_cast<std::int64_t>(rounded) : most;
}

std::int64_t normal_quantile(std::uint64_t u) {
    const bool upper = (u >> 63) != 0;
    // Twice the share of the nearer end, in 2^-64.
    const std::uint64_t share = (upper ? ~u : u) * 2 + 1;
    const std::int64_t halvings = (std::int64_t{64} << 32) - log2_of(share);
    const std::int64_t depth = std::min(halvings, last_octave << 32) * nodes_per_octave;
    auto node = static_cast<std::size_t>(depth >> 32);
    std::array<Wide, 6> difference{};
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] = normal_depth[node + i];
    for (std::size_t order = 1; order < difference.size(); ++order) {
        for (std::size_t i = difference.size() - 1; i >= order; --i) {
            difference[i] -= difference[i - 1];
        }
    }
    // Newton's form from the first of the six nodes on; the value lies between the third and the
    // fourth.
    const Wide place = (depth & 0xffff'ffff) + (Wide{2} << 32);
    Wide sum = difference[5];
    for (int order = 4; order >= 0; --order) {
        const Wide step = place - (static_cast<Wide>(order) << 32);
        sum = difference[static_cast<std::size_t>(order)] + (sum * step >> 32) / (order + 1);
    }
    const auto found = static_cast<std::int64_t>(sum);
    return upper ? found : -found;
}

Quantiles::Quantiles(const Distribution& distribution)
    : kind_(distribution.kind), values_(distribution.values) {
    VACATE_CHECK(!values_.empty(), "a distribution has a value");
    if (kind_ != Distribution::Kind::lognormal) return;
    const std::int64_t spread = log2_of(static_cast<std::uint64_t>(values_[1])) -
                                log2_of(static_cast<std::uint64_t>(values_[0]));
    deviation_ = static_cast<std::int64_t>((static_cast<Wide>(spread) << 32) / normal_95);
}

std::int64_t Quantiles::at(std::uint64_t u) const {
    switch (kind_) {
        case Distribution::Kind::fixed:
            return values_[0];
        case Distribution::Kind::uniform: {
            const auto count = static_cast<std::uint64_t>(values_[1] - values_[0]) + 1;
            return values_[0] + static_cast<std::int64_t>(part_of(u, count));
        }
        case Distribution::Kind::triangular:
            return triangular(u);
        case Distribution::Kind::lognormal: {
            const Wide exponent = static_cast<Wide>(normal_quantile(u)) * deviation_ >> 32;
            return times_power_of_two(values_[0], static_cast<std::int64_t>(exponent));
        }
        case Distribution::Kind::recorded:
            return values_[part_of(u, values_.size())];
    }
    return values_[0];
}

// Below its mode it is a square: u = (x - low)^2 / ((high - low) (mode - low)).
std::int64_t Quantiles::triangular(std::uint64_t u) const {
    constexpr int bits = 36;  // with two lengths of 45 bits, 126
    const auto width = static_cast<UnsignedWide>(values_[2] - values_[0]);
    const auto left = static_cast<UnsignedWide>(values_[1] - values_[0]);
    const auto right = static_cast<UnsignedWide>(values_[2] - values_[1]);
    const std::uint64_t share = u >> (64 - bits);
    if (share * width < left << bits) {
        return values_[0] + static_cast<std::int64_t>(root_of(share * width * left) >> (bits / 2));
    }
    const std::uint64_t rest = (std::uint64_t{1} << bits) - 1 - share;
    return values_[2] - static_cast<std::int64_t>(root_of(rest * width * right) >> (bits / 2));
}

}  // namespace vacate
