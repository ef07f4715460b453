// Charts as SVG: drawn here once, so that pages need no script. Colours come from style.css by
// class.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/json.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd::svg {

// The one kind of markup that a page takes as it is, so only this file makes it. In the data of a
// page it is a binary value, which no JSON text can hold; an empty one is null.
class Drawing {
 public:
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  friend class Maker;
  std::string text_;
};
void to_json(Json& json, const Drawing& drawing);

struct ChartText {
  // Unique in the page, for aria-labelledby.
  std::string id;
  std::string title, description, x, y;
};

struct Dot {
  std::string label;
  double value = 0;  // a fraction
  std::optional<dfkd::Interval> interval;
};

// Dots with their intervals, one below the other, in percent over the range that they need; a
// vertical line at `control`. Dots that are not finite are left out; none at all gives an empty
// drawing.
Drawing Dots(const ChartText& text, const std::vector<Dot>& dots, std::optional<double> control);

struct Mark {
  std::string label;
  double asr = 0, acc = 0;                         // fractions
  std::vector<std::pair<double, double>> singles;  // (asr, acc) of the cells behind the mean
  // It is drawn, and compared with nobody.
  bool aside = false;
};

// ACC over ASR, the good corner top left. Each mark has its own shape and its name beside it; the
// marks that no other beats in both are joined by a line, but for those that stand aside.
Drawing Pareto(const ChartText& text, const std::vector<Mark>& marks);

// Indices of the marks that no other mark beats: ACC not lower, ASR not higher, one of them better.
// Those that stand aside are not among them and beat nobody. By ASR.
std::vector<size_t> Front(const std::vector<Mark>& marks);

// What stood from a day on.
struct Step {
  // Position among the days.
  size_t day = 0;
  // A fraction.
  double value = 0;
  // Whether it is over the same cells as the one before, so that their difference says something.
  bool same_cells = false;
};

struct StepLine {
  std::string label;
  // By day.
  std::vector<Step> steps;
};

// Percent over days, which are equally far apart: each step lasts until the next one of its line,
// the last one to the end, and steps over different cells are joined by dashes. Steps that are not
// finite are left out; no step at all, or fewer than two days, give an empty drawing.
Drawing Steps(const ChartText& text, const std::vector<std::string>& days,
              const std::vector<StepLine>& lines);

// A thin bar beside a number; decoration only.
Drawing Bar(double fraction);

}  // namespace dfkd::svg
