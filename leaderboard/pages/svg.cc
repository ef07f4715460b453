#include "leaderboard/pages/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "leaderboard/pages/values.h"

namespace dfkd::svg {

class Maker {
 public:
  static Drawing Make(std::string text) {
    Drawing drawing;
    drawing.text_ = std::move(text);
    return drawing;
  }
};

namespace {

// For text and for attributes in double quotes.
std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : site::Shielded(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

constexpr double kWidth = 640, kHeight = 320;
constexpr double kLeft = 52, kRight = 110, kTop = 16, kBottom = 44;
constexpr double kLabelHeight = 15;
// Of a dot with its interval; the room for its name.
constexpr double kDotHeight = 20, kDotLeft = 180;

// From values to pixels.
struct Scale {
  double from, to, start, end;
  double operator()(double value) const {
    return start + (value - from) / (to - from) * (end - start);
  }
};

struct Axes {
  Scale x, y;
};

std::string Tick(double value) { return fmt::format("{:.4g}", value); }

constexpr int kMostTicks = 20;

// About five round steps. They are counted: where a step is below what a double resolves there,
// adding it would lead nowhere.
std::vector<double> Ticks(double from, double to) {
  const double rough = (to - from) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= rough) step = factor * power;
  }
  const double first = std::ceil(from / step);
  std::vector<double> ticks;
  for (int i = 0; i < kMostTicks; ++i) {
    const double tick = (first + i) * step;
    if (!(tick <= to + step * 1e-9)) break;
    ticks.push_back(std::abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}

std::string Begin(const ChartText& text, double height = kHeight) {
  return fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "aria-labelledby=\"{2}-t {2}-d\"><title id=\"{2}-t\">{3}</title><desc id=\"{2}-d\">{4}"
      "</desc>\n",
      kWidth, height, Escape(text.id), Escape(text.title), Escape(text.description));
}

std::string VerticalGrid(const Axes& axes) {
  std::string svg;
  for (const double tick : Ticks(axes.x.from, axes.x.to)) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>"
        "<text class=\"tick\" x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4}</text>\n",
        axes.x(tick), axes.y.start, axes.y.end, axes.y.start + 18, Tick(tick));
  }
  return svg;
}

std::string HorizontalGrid(const Axes& axes) {
  std::string svg;
  for (const double tick : Ticks(axes.y.from, axes.y.to)) {
    svg += fmt::format(
        "<line class=\"grid\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        axes.x.start, axes.x.end, axes.y(tick), axes.y(tick), axes.x.start - 8, axes.y(tick) + 4,
        Tick(tick));
  }
  return svg;
}

std::string BottomText(const Axes& axes, const ChartText& text, double height) {
  return fmt::format(
      "<text class=\"axis\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
      (axes.x.start + axes.x.end) / 2, height - 6, Escape(text.x));
}

std::string SideText(const Axes& axes, const ChartText& text) {
  return fmt::format(
      "<text class=\"axis\" x=\"14\" y=\"{0:.1f}\" text-anchor=\"middle\" "
      "transform=\"rotate(-90 14 {0:.1f})\">{1}</text>\n",
      (axes.y.start + axes.y.end) / 2, Escape(text.y));
}

struct Label {
  double x, y;
  std::string text, style;
};

// Moves labels down until they do not cover one another, then up where they left the picture.
std::string Labels(std::vector<Label> labels) {
  std::stable_sort(labels.begin(), labels.end(),
                   [](const Label& a, const Label& b) { return a.y < b.y; });
  for (size_t i = 1; i < labels.size(); ++i) {
    labels[i].y = std::max(labels[i].y, labels[i - 1].y + kLabelHeight);
  }
  double lowest = kHeight - kBottom;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    label->y = std::min(label->y, lowest);
    lowest = label->y - kLabelHeight;
  }
  std::string svg;
  for (const auto& label : labels) {
    svg += fmt::format("<text class=\"label {}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                       label.style, label.x, label.y + 4, Escape(label.text));
  }
  return svg;
}

std::string PolyLine(const std::string& style, const Axes& axes,
                     const std::vector<std::pair<double, double>>& points) {
  std::string svg = fmt::format("<polyline class=\"line {}\" points=\"", style);
  for (const auto& [x, y] : points) svg += fmt::format("{:.1f},{:.1f} ", axes.x(x), axes.y(y));
  return svg + "\"/>\n";
}

constexpr int kShapes = 6;

std::string Shape(size_t which, double x, double y, double r, const char* style) {
  const auto polygon = [&](std::initializer_list<std::pair<double, double>> corners) {
    std::string points;
    for (const auto& [dx, dy] : corners) {
      points += fmt::format("{:.1f},{:.1f} ", x + r * dx, y + r * dy);
    }
    return fmt::format("<polygon class=\"{}\" points=\"{}\"/>", style, points);
  };
  switch (which % kShapes) {
    case 0:
      return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>", style, x, y,
                         r);
    case 1:
      return polygon({{-.9, -.9}, {.9, -.9}, {.9, .9}, {-.9, .9}});
    case 2:
      return polygon({{0, -1.2}, {1.1, .8}, {-1.1, .8}});
    case 3:
      return polygon({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
    case 4:
      return polygon({{0, 1.2}, {1.1, -.8}, {-1.1, -.8}});
    default:
      return polygon({{-.4, -1.2},
                      {.4, -1.2},
                      {.4, -.4},
                      {1.2, -.4},
                      {1.2, .4},
                      {.4, .4},
                      {.4, 1.2},
                      {-.4, 1.2},
                      {-.4, .4},
                      {-1.2, .4},
                      {-1.2, -.4},
                      {-.4, -.4}});
  }
}

// Room around the points, rounded to 5 points, at least 10 wide, inside [0, 100].
std::pair<double, double> Range(const std::vector<double>& percents) {
  const auto [low, high] = std::minmax_element(percents.begin(), percents.end());
  double from = std::floor((*low - 2) / 5) * 5, to = std::ceil((*high + 2) / 5) * 5;
  if (to - from < 10) from = to - 10;
  return {std::max(0.0, from), std::min(100.0, std::max(to, 10.0))};
}

Axes ParetoAxes(const std::vector<Mark>& marks) {
  std::vector<double> asr, acc;
  for (const auto& mark : marks) {
    asr.push_back(100 * mark.asr);
    acc.push_back(100 * mark.acc);
    for (const auto& [x, y] : mark.singles) {
      asr.push_back(100 * x);
      acc.push_back(100 * y);
    }
  }
  const auto [x_from, x_to] = Range(asr);
  const auto [y_from, y_to] = Range(acc);
  return {{x_from, x_to, kLeft, kWidth - kRight}, {y_from, y_to, kHeight - kBottom, kTop}};
}

// The mean, its interval and its name at a height.
std::string DotLine(const Dot& dot, const Axes& axes, double y) {
  std::string svg;
  if (dot.interval)
    svg += fmt::format(
        "<line class=\"line plain\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
        axes.x(100 * dot.interval->low), axes.x(100 * dot.interval->high), y, y);
  return svg + Shape(0, axes.x(100 * dot.value), y, 4, "mark best") +
         fmt::format(
             "<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}"
             "</text>\n",
             kDotLeft - 8, y + 4, Escape(dot.label));
}

// So many names of days stand side by side.
constexpr size_t kMostDays = 6;

std::string DayTicks(const Axes& axes, const std::vector<std::string>& days) {
  std::string svg;
  for (size_t i = 0; i < days.size(); i += (days.size() + kMostDays - 1) / kMostDays) {
    svg += fmt::format(
        "<text class=\"tick\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        axes.x(static_cast<double>(i)), axes.y.start + 18, Escape(days[i]));
  }
  return svg;
}

std::string Stroke(double x1, double x2, double y1, double y2, bool dashed) {
  return fmt::format(
      "<line class=\"line\"{} x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>",
      dashed ? " stroke-dasharray=\"2 3\"" : "", x1, x2, y1, y2);
}

// Without what is not finite.
std::vector<StepLine> FiniteLines(const std::vector<StepLine>& given) {
  std::vector<StepLine> lines;
  for (const auto& line : given) {
    StepLine finite{line.label, {}};
    for (const auto& step : line.steps) {
      if (std::isfinite(step.value)) finite.steps.push_back(step);
    }
    if (!finite.steps.empty()) lines.push_back(std::move(finite));
  }
  return lines;
}

// The line of one entry; the shape of its marks is that of its number.
std::string StairOf(const StepLine& line, size_t number, const Axes& axes) {
  std::string strokes, marks;
  for (size_t i = 0; i < line.steps.size(); ++i) {
    const bool last = i + 1 == line.steps.size();
    const auto& step = line.steps[i];
    const double x = axes.x(static_cast<double>(step.day)), y = axes.y(100 * step.value);
    const double end = last ? axes.x.end : axes.x(static_cast<double>(line.steps[i + 1].day));
    if (end > x) strokes += Stroke(x, end, y, y, false);
    if (!last)
      strokes +=
          Stroke(end, end, y, axes.y(100 * line.steps[i + 1].value), !line.steps[i + 1].same_cells);
    marks += Shape(number, x, y, 4, "mark");
  }
  return strokes + marks + "\n";
}

}  // namespace

void to_json(Json& json, const Drawing& drawing) {
  json = nullptr;
  if (!drawing.empty()) {
    json = Json::binary({drawing.text().begin(), drawing.text().end()});
  }
}

Drawing Dots(const ChartText& text, const std::vector<Dot>& given, std::optional<double> control) {
  std::vector<Dot> dots;
  std::vector<double> percents;
  for (const auto& dot : given) {
    if (!std::isfinite(dot.value)) continue;
    dots.push_back(dot);
    percents.push_back(100 * dot.value);
    if (!dot.interval) continue;
    percents.push_back(100 * dot.interval->low);
    percents.push_back(100 * dot.interval->high);
  }
  if (dots.empty()) return {};
  const auto [from, to] = Range(percents);
  const double height = kTop + kDotHeight * static_cast<double>(dots.size()) + kBottom;
  const Axes axes = {{from, to, kDotLeft, kWidth - kTop}, {0, 1, height - kBottom, kTop}};
  std::string svg = Begin(text, height) + VerticalGrid(axes) + BottomText(axes, text, height);
  if (control)
    svg += fmt::format(
        "<line class=\"line front\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" "
        "y2=\"{2:.1f}\"/>\n",
        axes.x(100 * *control), axes.y.start, axes.y.end);
  for (size_t i = 0; i < dots.size(); ++i)
    svg += DotLine(dots[i], axes, kTop + kDotHeight * (static_cast<double>(i) + 0.5));
  return Maker::Make(svg + "</svg>\n");
}

std::vector<size_t> Front(const std::vector<Mark>& marks) {
  const auto beats = [](const Mark& a, const Mark& b) {
    return !a.aside && a.acc >= b.acc && a.asr <= b.asr && (a.acc > b.acc || a.asr < b.asr);
  };
  std::vector<size_t> front;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (marks[i].aside) continue;
    const bool beaten = std::any_of(marks.begin(), marks.end(),
                                    [&](const Mark& other) { return beats(other, marks[i]); });
    if (!beaten) front.push_back(i);
  }
  std::sort(front.begin(), front.end(),
            [&](size_t a, size_t b) { return marks[a].asr < marks[b].asr; });
  return front;
}

Drawing Pareto(const ChartText& text, const std::vector<Mark>& marks) {
  if (marks.empty()) return {};
  const Axes axes = ParetoAxes(marks);
  std::string svg = Begin(text) + HorizontalGrid(axes) + VerticalGrid(axes) +
                    BottomText(axes, text, kHeight) + SideText(axes, text);
  const auto front = Front(marks);
  std::vector<std::pair<double, double>> joined;
  for (const size_t i : front) joined.emplace_back(100 * marks[i].asr, 100 * marks[i].acc);
  svg += PolyLine("front", axes, joined);
  for (size_t i = 0; i < marks.size(); ++i) {
    for (const auto& [asr, acc] : marks[i].singles) {
      svg += Shape(i, axes.x(100 * asr), axes.y(100 * acc), 2.6, "single");
    }
  }
  std::vector<Label> labels;
  for (size_t i = 0; i < marks.size(); ++i) {
    const bool best = std::find(front.begin(), front.end(), i) != front.end();
    const double x = axes.x(100 * marks[i].asr), y = axes.y(100 * marks[i].acc);
    svg += Shape(i, x, y, 6, best ? "mark best" : "mark") + "\n";
    labels.push_back({x + 11, y, marks[i].label, best ? "best" : ""});
  }
  return Maker::Make(svg + Labels(labels) + "</svg>\n");
}

Drawing Steps(const ChartText& text, const std::vector<std::string>& days,
              const std::vector<StepLine>& given) {
  const auto lines = FiniteLines(given);
  if (lines.empty() || days.size() < 2) return {};
  std::vector<double> percents;
  for (const auto& line : lines) {
    for (const auto& step : line.steps) percents.push_back(100 * step.value);
  }
  const auto [from, to] = Range(percents);
  const Axes axes = {{0, static_cast<double>(days.size() - 1), kLeft, kWidth - kRight},
                     {from, to, kHeight - kBottom, kTop}};
  std::string svg = Begin(text) + HorizontalGrid(axes) + DayTicks(axes, days) +
                    BottomText(axes, text, kHeight) + SideText(axes, text);
  std::vector<Label> labels;
  for (size_t i = 0; i < lines.size(); ++i) {
    svg += StairOf(lines[i], i, axes);
    labels.push_back(
        {axes.x.end + 8, axes.y(100 * lines[i].steps.back().value), lines[i].label, ""});
  }
  return Maker::Make(svg + Labels(labels) + "</svg>\n");
}

Drawing Bar(double fraction) {
  return Maker::Make(fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect class=\"track\" width=\"100\" height=\"4\"/><rect class=\"fill\" width=\"{:.1f}\" "
      "height=\"4\"/></svg>",
      100 * std::clamp(fraction, 0.0, 1.0)));
}

}  // namespace dfkd::svg
