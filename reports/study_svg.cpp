// A study as one picture: answers, maps, curves, matrices, and the table of every question.
#include <algorithm>

#include "reports/sheet.hpp"
#include "reports/study_draw.hpp"

namespace vacate {
namespace {

void put_captioned(Sheet& sheet, const std::string& caption, const Picture& picture) {
    sheet.skip(6);
    sheet.line("n b", caption);
    sheet.put(picture);
}

void put_pictures(Sheet& sheet, const StudyFile& file, const std::string& ask) {
    const Heat heat = heat_of(file, ask);
    for (const HeatMap& map : heat.maps) {
        put_captioned(sheet,
                      map.variant + ", " + std::string(heat.figure.heading) + ": " +
                          map.rows.front()->point[0].first + " downwards, " +
                          map.rows.front()->point[1].first + " across",
                      draw_heat_map(heat, map));
    }
    if (ask == "headroom") {
        put_captioned(sheet, "Solid: it can still be upgraded. Outlined: it also survives a loss",
                      draw_frontier(file));
        for (const StudyPicture& one : draw_headroom(file)) {
            put_captioned(sheet, one.caption, one.picture);
        }
    }
    if (ask == "n-k") {
        for (const StudyRow* row : rows_that(file, ask)) {
            const LossMatrix matrix = losses_of(*row);
            if (matrix.hosts.empty()) continue;
            put_captioned(sheet,
                          case_name(*row) +
                              ": hosts lost downwards, stages across (\xe2\x9c\x93 survivable, "
                              "\xe2\x96\xb2 no way was found, \xe2\x96\xa0 not survivable)",
                          draw_losses(matrix));
        }
    }
    if (ask == "risk") {
        put_captioned(sheet, "How many runs end when; below to P50, P95 and P99", draw_risk(file));
    }
    for (const StudyPicture& one : draw_sweep(file, ask)) {
        put_captioned(sheet, one.caption, one.picture);
    }
}

}  // namespace

std::string study_svg(const StudyFile& file) {
    Sheet sheet(file.head.pool);
    const std::vector<std::string> answers = study_answers(file);
    sheet.heading(answers.empty() ? "No answer yet" : answers.front());
    for (std::size_t i = 1; i < answers.size(); ++i) sheet.line("n", answers[i]);
    sheet.line("s m", study_state(file));
    if (!file.head.about.empty()) sheet.line("s m", file.head.about);
    StudyTables tables(file.head);
    for (const StudyRow& row : file.rows) tables.add(row);
    const std::vector<ReportTable> told = tables.report().tables;
    for (const std::string& ask : asks_in(file)) {
        sheet.heading(std::string(ask_title(ask)));
        put_pictures(sheet, file, ask);
        const auto found = std::find_if(told.begin(), told.end(), [&ask](const ReportTable& one) {
            return one.title == study_title(ask);
        });
        if (found == told.end()) continue;
        sheet.skip(10);
        sheet.put(draw_table(*found));
    }
    return sheet.document();
}

}  // namespace vacate
