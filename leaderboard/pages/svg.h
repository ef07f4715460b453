// Charts as SVG: drawn here once, so that pages need no script. Colours come from style.css by
// class.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/json.h"

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

struct Line {
  std::string label;
  std::string style;                              // class: "acc", "asr" or "plain"
  std::vector<std::pair<double, double>> points;  // x ascending
};

struct ChartText {
  // Unique in the page, for aria-labelledby.
  std::string id;
  std::string title, description, x, y;
};

// y in percent from 0 to 100, given as fractions, if `fractions`; else the range of the points.
// Points that are not finite are left out. Lines without points are left out; none at all gives an
// empty drawing.
Drawing LineChart(const ChartText& text, const std::vector<Line>& lines, bool fractions);

struct Mark {
  std::string label;
  double asr = 0, acc = 0;                         // fractions
  std::vector<std::pair<double, double>> singles;  // (asr, acc) of the cells behind the mean
};

// ACC over ASR, the good corner top left. Each mark has its own shape and its name beside it; the
// marks that no other beats in both are joined by a line.
Drawing Pareto(const ChartText& text, const std::vector<Mark>& marks);

// Indices of the marks that no other mark beats: ACC not lower, ASR not higher, one of them better.
// By ASR.
std::vector<size_t> Front(const std::vector<Mark>& marks);

// A thin bar beside a number; decoration only.
Drawing Bar(double fraction);

}  // namespace dfkd::svg
