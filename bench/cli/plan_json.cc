#include "bench/cli/plan_json.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/store/inventory.h"

namespace dfkd::cli {
namespace {

Json OptionsJson(const ResolvedEntry& entry) {
  Json json = entry.ToJson();
  json["id"] = entry.id;
  json["origins"] = entry.origins;
  if (!entry.parts.empty()) json["parts"] = Json::array();
  for (const auto& part : entry.parts) json["parts"].push_back(OptionsJson(part));
  return json;
}

Json DueJson(const std::vector<DueStage>& due, const Plan& plan) {
  Json list = Json::array();
  for (const auto& [id, why] : due) list.push_back({{"ref", plan.Ref(id)}, {"why", why}});
  return list;
}

Json CountsJson(const Plan& plan, const Forecast& forecast) {
  return {{"cells", plan.cells.size()}, {"stages", forecast.total},
          {"shared", forecast.shared},  {"references", forecast.references},
          {"cached", forecast.cached},  {"needed", forecast.needed.size()}};
}

class PlanPrinter {
 public:
  PlanPrinter(const Plan& plan, const Store& store, std::FILE* out,
              const std::function<void(size_t, size_t)>& written)
      : plan_(plan), there_(store), out_(out), written_(written) {}

  void Print(const Forecast& forecast) {
    fmt::print(out_, "{{\n");
    List("cells", plan_.cells.size(), [&](size_t i) { return CellLine(plan_.cells[i]); });
    List("stages", plan_.stages.size(), [&](size_t i) { return StageLine(plan_.stages[i]); });
    Member("needed", DueJson(forecast.needed, plan_));
    Member("shut_out", DueJson(forecast.shut_out, plan_));
    Member("gone", plan_.Refs(forecast.gone));
    Member("counts", CountsJson(plan_, forecast));
    Member("expected", {{"seconds", forecast.seconds}, {"unmeasured_stages", forecast.unmeasured}});
    Member("one_by_one",
           {{"ratio", forecast.ratio}, {"unit", forecast.ratio_in_seconds ? "seconds" : "stages"}});
    fmt::print(out_, "  \"matrix\": {}\n}}\n", Json(plan_.matrix).dump());
  }

 private:
  void Member(const char* name, const Json& value) {
    fmt::print(out_, "  \"{}\": {},\n", name, value.dump());
  }

  template <class Item>
  void List(const char* name, size_t count, Item item) {
    fmt::print(out_, "  \"{}\": [", name);
    for (size_t i = 0; i < count; ++i) {
      fmt::print(out_, "{}\n    {}", i == 0 ? "" : ",", item(i));
      written_(++done_, plan_.cells.size() + plan_.stages.size());
    }
    fmt::print(out_, "\n  ],\n");
  }

  std::string CellLine(const PlannedCell& cell) {
    Json json = {{"id", cell.id}, {"track", Name(cell.track)}, {"stages", plan_.Refs(cell.path)}};
    if (!cell.not_applicable.empty()) json["not_applicable"] = cell.not_applicable;
    return fmt::format("{{\"entries\":{},{}", EntriesText(cell), json.dump().substr(1));
  }

  // Most of a cell. Those that differ in seeds only follow each other and share it.
  const std::string& EntriesText(const PlannedCell& cell) {
    if (cell.entries != entries_) {
      entries_ = cell.entries;
      Json json = Json::object();
      for (const auto& [axis, entry] : *entries_) json[axis] = OptionsJson(entry);
      entries_text_ = json.dump();
    }
    return entries_text_;
  }

  std::string StageLine(const PlannedStage& planned) {
    const Json json = {{"ref", planned.stage.ref},      {"title", planned.title},
                       {"label", planned.label},        {"inputs", plan_.Refs(planned.inputs)},
                       {"cells", planned.cells.size()}, {"cached", there_.Has(planned.stage.ref)}};
    return json.dump();
  }

  const Plan& plan_;
  Inventory there_;
  std::FILE* const out_;
  const std::function<void(size_t, size_t)>& written_;
  size_t done_ = 0;
  std::shared_ptr<const CellEntries> entries_;
  std::string entries_text_;
};

}  // namespace

void PrintPlanJson(const Plan& plan, const Forecast& forecast, const Store& store, std::FILE* out,
                   const std::function<void(size_t done, size_t total)>& written) {
  PlanPrinter(plan, store, out, written).Print(forecast);
}

}  // namespace dfkd::cli
