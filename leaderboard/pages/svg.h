// Charts as SVG text: drawn here once, so that pages need no script. Colours come from style.css by
// class.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dfkd::svg {

struct Line {
  std::string label;
  std::string style;                              // class: "acc", "asr" or "plain"
  std::vector<std::pair<double, double>> points;  // x ascending
};

struct ChartText {
  std::string id;  // unique in the page, for aria-labelledby
  std::string title, description, x, y;
};

// y in percent from 0 to 100, given as fractions, if `fractions`; else the range of the points.
// Points that are not finite are left out. Lines without points are left out; none at all gives "".
std::string LineChart(const ChartText& text, const std::vector<Line>& lines, bool fractions);

struct Mark {
  std::string label;
  double asr = 0, acc = 0;                         // fractions
  std::vector<std::pair<double, double>> singles;  // (asr, acc) of the cells behind the mean
};

// ACC over ASR, the good corner top left. Each mark has its own shape and its name beside it; the
// marks that no other beats in both are joined by a line.
std::string Pareto(const ChartText& text, const std::vector<Mark>& marks);

// Indices of the marks that no other mark beats: ACC not lower, ASR not higher, one of them better.
// By ASR.
std::vector<size_t> Front(const std::vector<Mark>& marks);

std::string Bar(double fraction);  // a thin bar beside a number; decoration only

}  // namespace dfkd::svg
