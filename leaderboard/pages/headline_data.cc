// The answer of a group: in one sentence, and in three lines.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/headline.h"

namespace dfkd::site {
namespace {

// Two means over different cells are never set against each other: then their paired difference is
// told.
Json AgainstControl(const Headline& headline) {
  const auto* control = headline.control;
  if (!control) return nullptr;
  const bool told = headline.kind == Headline::Kind::kBest, same = headline.same_cells;
  return {{"asr", same ? Percent(control->asr->mean) : ""},
          {"difference", same ? "" : Points(headline.difference)},
          {"cells", Plural(headline.cells, "cell")},
          {"proven", told && headline.unproven.empty()}};
}

// "1.3", or of several "1.1 to 3.2"; "" if it is not known of all.
std::string FromTo(std::vector<std::optional<double>> values, std::string (*text)(double)) {
  if (std::count(values.begin(), values.end(), std::nullopt) > 0) return "";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const auto from = text(**low), to = text(**high);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

std::string TimesText(double times) { return fmt::format("{:.1f}", times); }

// In relation to no defence, "1.3" and `times`; where that is not known, by itself.
std::string TimePrice(const std::vector<const Standing*>& rows, const char* times) {
  std::vector<std::optional<double>> relative, seconds;
  std::set<std::string> devices;
  for (const auto* row : rows) {
    relative.push_back(row->relative_seconds);
    seconds.push_back(row->seconds);
    devices.insert(row->device);
  }
  if (const auto relation = FromTo(relative, TimesText); !relation.empty()) return relation + times;
  const auto time = devices.size() == 1 ? FromTo(seconds, Duration) : "";
  if (time.empty()) return "time not known on one kind of device";
  return fmt::format("{} of the {} a cell", time, *devices.begin());
}

// "ACC −1.2 points"; "" without a control.
std::string AccPrice(const std::vector<const Standing*>& rows, const Standing* control) {
  if (!control) return "";
  std::vector<std::optional<double>> points;
  for (const auto* row : rows) {
    if (row->cells != control->cells) return "ACC is over other cells than without a defence";
    points.emplace_back(row->acc->mean - control->acc->mean);
  }
  return fmt::format("ACC {} points", FromTo(points, Points));
}

std::vector<const Standing*> FirstOf(const Headline& headline, size_t named) {
  return {headline.best.begin(), headline.best.begin() + static_cast<std::ptrdiff_t>(named)};
}

// What those that are named cost, a range where several are: "; ACC −1.2 points, 1.3 times the
// time".
std::string PriceOf(const Headline& headline, size_t named) {
  const auto rows = FirstOf(headline, named);
  const auto acc = AccPrice(rows, headline.control), time = TimePrice(rows, " times the time");
  return fmt::format("; {}{}{}", acc, acc.empty() ? "" : ", ", time);
}

// The same in a line that begins with the time: "1.3× time, ACC −1.2 points".
std::string CostOfNamed(const Headline& headline, size_t named) {
  const auto rows = FirstOf(headline, named);
  const auto acc = AccPrice(rows, headline.control), time = TimePrice(rows, "× time");
  return fmt::format("{}{}{}", time, acc.empty() ? "" : ", ", acc);
}

std::string WhyNoControl(const Headline& headline, const Standings& standings) {
  if (headline.control) return "";
  const bool there = std::any_of(standings.rows.begin(), standings.rows.end(),
                                 [](const Standing& row) { return row.control; });
  return there ? "The undefended student finished too few cells to compare with."
               : "There is no undefended student here to compare with.";
}

// Those without a rank did not finish, collapsed, or are ranked apart.
std::string AmongText(const Headline& headline) {
  if (headline.ranked >= headline.defenses) return "";
  if (headline.ranked == 1)
    return fmt::format("the only one of {} defences with a rank", headline.defenses);
  return fmt::format("among the {} of {} defences with a rank", headline.ranked, headline.defenses);
}

// "abd (39 of 40 cells, −12.3 points, proven)".
std::string ApartText(const Headline& headline) {
  std::vector<std::string> texts;
  for (const auto& [row, difference, proven] : headline.apart) {
    texts.push_back(fmt::format("{} ({} of {} cells, {} points, {})", row->defense, row->cells,
                                row->planned, Points(difference),
                                proven ? "proven" : "not proven"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "abd (collapse in 1 of 43 cells, −12.3 points, not proven)".
std::string CollapsedText(const Headline& headline) {
  std::vector<std::string> texts;
  for (const auto& [row, difference, proven] : headline.collapsed) {
    texts.push_back(fmt::format("{} (collapse in {} of {} cells, {} points, {})", row->defense,
                                row->collapsed, row->finished, Points(difference),
                                proven ? "proven" : "not proven"));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// For the answer in one sentence, if it is about somebody.
Json BestData(const Headline& headline, const Standings& standings) {
  const auto& best = *headline.best.front();
  std::vector<std::string> names, tied;
  for (const auto* row : headline.best) names.push_back(row->defense);
  // Where nobody helps, nobody is called best: the others of the group stand behind the sentence.
  if (headline.kind == Headline::Kind::kNoneHelps) {
    tied.assign(names.begin() + 1, names.end());
    names.resize(1);
  }
  const bool one = names.size() == 1;
  const auto& worst = best.worst;
  return {{"defense", fmt::format("{}", fmt::join(names, ", "))},
          {"shared_rank", !one},
          {"tied", fmt::format("{}", fmt::join(tied, ", "))},
          {"only", headline.defenses == 1},
          {"among", AmongText(headline)},
          {"asr", Percent(best.asr->mean)},
          {"interval", RangeNote(best.asr->interval)},
          {"worst", worst ? Percent(*worst) : ""},
          {"attack", best.worst_attack},
          {"control", AgainstControl(headline)},
          {"price", PriceOf(headline, names.size())},
          {"alone", WhyNoControl(headline, standings)},
          {"teachers", Plural(standings.teachers, "teacher seed")},
          {"worse", fmt::format("{}", fmt::join(headline.worse, ", "))},
          {"apart", ApartText(headline)},
          {"collapsed", CollapsedText(headline)},
          {"unproven", fmt::format("{}", fmt::join(headline.unproven, ", "))},
          {"proven_others",
           headline.unproven.empty() ? "" : fmt::format("{}", fmt::join(headline.proven, ", "))}};
}

// So many names, and of more the first of them: a line of a phone has no room for others.
constexpr size_t kMostNamed = 4;

// "abd, sr, sv, clp and 3 more".
std::string FewNames(std::vector<std::string> names) {
  const auto more = names.size() - std::min(names.size(), kMostNamed);
  names.resize(names.size() - more);
  const auto shown = fmt::format("{}", fmt::join(names, ", "));
  return more == 0 ? shown : fmt::format("{} and {} more", shown, more);
}

// For answer.tpl: who, whether that is proven, at what cost. It names the first alone, and who is
// tied with it; what it leaves out the sentence says.
Json AnswerData(const Headline& headline, const Standings& standings) {
  const auto& best = *headline.best.front();
  const auto* control = headline.control;
  const bool helps = headline.kind == Headline::Kind::kBest;
  std::vector<std::string> tied;
  for (size_t i = 1; i < headline.best.size(); ++i) tied.push_back(headline.best[i]->defense);
  return {{"helps", helps},
          {"ranked", headline.kind != Headline::Kind::kFewTeachers},
          {"defense", best.defense},
          {"asr", Percent(best.asr->mean)},
          {"undefended", control && headline.same_cells ? Percent(control->asr->mean) : ""},
          {"difference", control && !headline.same_cells ? Points(headline.difference) : ""},
          {"tied", FewNames(tied)},
          {"proven", FewNames(headline.proven)},
          {"unproven", FewNames(headline.unproven)},
          {"alone", WhyNoControl(headline, standings)},
          {"teachers", Plural(standings.teachers, "teacher seed")},
          {"cost", CostOfNamed(headline, helps ? headline.best.size() : 1)}};
}

}  // namespace

Json HeadlineData(const Standings& standings) {
  using Kind = Headline::Kind;
  Json data = {{"nothing", standings.rows.empty()},
               {"best", nullptr},
               {"none_helps", nullptr},
               {"few", nullptr},
               {"so_far", nullptr},
               {"answer", nullptr}};
  const auto headline = HeadlineOf(standings);
  if (headline.so_far) {
    data["so_far"] = {
        {"shared", standings.shared}, {"planned", standings.planned}, {"most", headline.most}};
  }
  if (headline.kind != Kind::kNone) data["answer"] = AnswerData(headline, standings);
  if (headline.kind == Kind::kNoneHelps) data["none_helps"] = BestData(headline, standings);
  if (headline.kind == Kind::kFewTeachers) data["few"] = BestData(headline, standings);
  if (headline.kind == Kind::kBest) data["best"] = BestData(headline, standings);
  return data;
}

}  // namespace dfkd::site
