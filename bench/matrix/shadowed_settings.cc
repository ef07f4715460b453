#include "bench/matrix/shadowed_settings.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace dfkd {
namespace {

constexpr size_t kMostTold = 5;

// What became of one setting.
struct Hearing {
  bool acts = false;
  std::string entry;  // one that has a value of its own, or ""
  std::string why;    // it does not act somewhere: what counts there, or ""
};

// Asks of every entry of a plan which of the settings that speak of it are heard.
class Listener {
 public:
  Listener(const Matrix& matrix, const Json& settings) : matrix_(matrix), settings_(settings) {}

  void Add(PluginKind kind, const ResolvedEntry& entry, const Axes& axes) {
    std::vector<std::string> names;  // the more special, the later, as in Resolve
    for (const std::string& name : {std::string(Name(kind)), entry.plugin, entry.id}) {
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    for (size_t i = 0; i < matrix_.overrides.size(); ++i) {
      const auto& item = matrix_.overrides[i];
      if (Applies(item, kind, axes)) Listen(i, item.set, names, entry);
    }
    Listen(matrix_.overrides.size(), settings_, names, entry);
    for (const auto& part : entry.parts) {
      if (part.plugin != entry.plugin) Add(kind, part, axes);
    }
  }

  std::vector<std::string> Told() const {
    std::vector<std::string> lines;
    for (const auto& [source, hearing] : heard_) {
      if (auto line = Line(source, hearing); !line.empty()) lines.push_back(std::move(line));
    }
    if (lines.size() <= kMostTold) return lines;
    const auto left = lines.size() - kMostTold;
    lines.resize(kMostTold);
    lines.push_back(fmt::format("{} more settings are not heard everywhere", left));
    return lines;
  }

 private:
  // The place of an override, or their number for what is set above all; "<name>.<option>".
  using Source = std::pair<size_t, std::string>;

  std::string Called(size_t place) const {
    return place < matrix_.overrides.size() ? fmt::format("override {}", place + 1) : "settings";
  }

  void Listen(size_t place, const Json& set, const std::vector<std::string>& names,
              const ResolvedEntry& entry) {
    std::map<std::string, std::vector<std::string>> settings;  // by option; the last one counts
    for (const auto& name : names) {
      for (const auto& [setting, unused] : set.items()) {
        if (setting.starts_with(name + "."))
          settings[setting.substr(name.size() + 1)].push_back(setting);
      }
    }
    for (const auto& [option, all] : settings) {
      for (const auto& setting : all)
        Hear({place, setting}, setting == all.back() ? "" : all.back(), option, entry);
    }
  }

  // `instead`: what names the option more closely at the same place; "" if nothing does.
  void Hear(const Source& source, const std::string& instead, const std::string& option,
            const ResolvedEntry& entry) {
    const auto origin = entry.origins.value(option, std::string());
    const bool above_all = source.first == matrix_.overrides.size();
    if (origin.empty() || (origin == "--set" && !above_all)) return;
    auto& hearing = heard_[source];
    if (instead.empty() && (above_all || origin == Called(source.first))) {
      hearing.acts = true;
      return;
    }
    if (instead.empty() && origin == "entry") hearing.entry = entry.id;
    if (!hearing.why.empty()) return;
    hearing.why = fmt::format("for {}, {} counts", entry.id, instead.empty() ? origin : instead);
  }

  std::string Line(const Source& source, const Hearing& hearing) const {
    const auto& [place, setting] = source;
    const auto told = fmt::format("{}: {} acts on", Called(place), setting);
    if (!hearing.entry.empty()) {
      return fmt::format("{} {}: {} sets it itself, which counts more", told,
                         hearing.acts ? "a part of what it names" : "nothing here", hearing.entry);
    }
    if (hearing.acts || hearing.why.empty()) return "";
    return fmt::format("{} nothing here: {}", told, hearing.why);
  }

  const Matrix& matrix_;
  const Json& settings_;
  std::map<Source, Hearing> heard_;
};

Axes AxesOfCell(const PlannedCell& cell) {
  Axes axes = {{"teacher", {cell.cell.teacher_network, cell.cell.teacher_network}},
               {"student", {cell.cell.student_network, cell.cell.student_network}}};
  for (const auto& [axis, entry] : *cell.entries) axes[axis] = {entry.id, entry.plugin};
  return axes;
}

}  // namespace

std::vector<std::string> ShadowedSettings(const Matrix& matrix, const Selection& selection,
                                          const Plan& plan) {
  const auto settings = SettingsOf(matrix, selection);
  if (matrix.overrides.empty() && settings.size() < 2) return {};
  Listener listener(matrix, settings);
  std::set<const CellEntries*> seen;
  for (const auto& cell : plan.cells) {
    if (!seen.insert(cell.entries.get()).second) continue;
    const auto axes = AxesOfCell(cell);
    for (const auto& axis : EntryAxes())
      listener.Add(axis.kind, cell.entries->at(Name(axis.kind)), axes);
  }
  return listener.Told();
}

}  // namespace dfkd
