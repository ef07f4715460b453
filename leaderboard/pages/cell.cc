// cells/<matrix>/<id>.html: everything about one cell.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bench/scores/paid_cost.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

constexpr char kRoot[] = "../../";

std::optional<Count> CountOf(const Score& score, const char* who,
                             std::optional<Count> Counts::*which) {
  const auto found = score.counts.find(who);
  return found == score.counts.end() ? std::nullopt : found->second.*which;
}

// --- numbers ---

// For number.tpl and counted.tpl: in percent, in images, with its interval.
Json Counted(std::optional<double> value, const std::optional<Count>& count,
             const std::string& why) {
  Json number = PercentOr(value, why);
  number["images"] = count ? Shown(fmt::format("{} of {}", count->hits, count->of)) : Missing(why);
  number["interval"] = count ? Shown(Interval(count->hits, count->of)) : Missing(why);
  return number;
}

// A number of which no count is kept.
Json Uncounted(std::optional<double> value, const std::string& why) {
  Json number = PercentOr(value, why);
  const auto missing = Missing(value ? "not counted in images" : why);
  number["images"] = missing;
  number["interval"] = missing;
  return number;
}

Json VisibilityText(const std::optional<TriggerVisibility>& seen) {
  if (!seen) return nullptr;
  const auto psnr = seen->psnr ? fmt::format("PSNR {:.1f} dB", *seen->psnr) : "nothing changes";
  const auto ssim = seen->ssim ? fmt::format(", SSIM {:.3f}", *seen->ssim) : "";
  return fmt::format(
      "{}{}, largest change of a pixel {:.2f}, norm of all changes {:.2f} (pixels in "
      "[0, 1])",
      psnr, ssim, seen->linf, seen->l2);
}

Json Numbers(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto floor = score.floor.value_or(FloorScore());
  const auto at = [&](const char* who, std::optional<Count> Counts::*which) {
    return CountOf(score, who, which);
  };
  Json data = {{"student_acc", Counted(student.acc, at("student", &Counts::clean), why)},
               {"student_asr", Counted(student.asr, at("student", &Counts::target), why)},
               {"student_ra", Counted(student.ra, at("student", &Counts::true_label), why)},
               {"agreement", Uncounted(student.agreement, why)},
               {"teacher_acc", Counted(teacher.acc, at("teacher", &Counts::clean), why)},
               {"teacher_asr", Counted(teacher.asr, at("teacher", &Counts::target), why)},
               {"clean_acc", Uncounted(teacher.clean_acc, why)},
               {"floor_asr", Counted(floor.asr, at("floor", &Counts::target), why)},
               {"transfer", nullptr},
               {"visibility", VisibilityText(teacher.visibility)}};
  if (student.asr && teacher.asr) {
    if (const auto ratio = TransferRatio(*student.asr, *teacher.asr)) {
      data["transfer"] = fmt::format("{:.2f}", *ratio);
    }
  }
  return data;
}

Json Classes(const Score& score) {
  if (!score.student || !score.student->acc_per_class) return nullptr;
  Json items = Json::array();
  for (const auto& acc : *score.student->acc_per_class) {
    items.push_back(
        {{"number", items.size()}, {"acc", PercentOr(acc, "no test image of this class")}});
  }
  // An empty list is a table without columns, not a missing one.
  return {{"items", std::move(items)}};
}

// --- pictures and curves ---

Json Pictures(const Score& score, const std::vector<std::string>& pictures) {
  static const std::pair<const char*, const char*> captions[] = {
      {"clean", "Clean test images"},
      {"triggered", "The same images, triggered"},
      {"difference", "What the trigger changes, contrast stretched"},
      {"trigger", "The trigger"},
      {"synthetic", "What the student was trained on"}};
  Json items = Json::array();
  for (const auto& [kind, caption] : captions) {
    if (std::find(pictures.begin(), pictures.end(), kind) == pictures.end()) continue;
    items.push_back({{"file", fmt::format("{}{}/{}.png", kRoot, MediaFolder(score), kind)},
                     {"caption", caption}});
  }
  return ListOrNull(std::move(items));
}

// Points of two lists in step; what is not a number is left out.
std::vector<std::pair<double, double>> Zip(const Json& x, const Json& y) {
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; x.is_array() && y.is_array() && i < std::min(x.size(), y.size()); ++i) {
    if (x[i].is_number() && y[i].is_number()) points.emplace_back(x[i], y[i]);
  }
  return points;
}

svg::Drawing Curves(const Json& curves) {
  if (!curves.is_object()) return {};
  const Json rounds = curves.value("round", Json::array());
  return svg::LineChart(
      {"curves", "ACC and ASR of the student over rounds",
       "Accuracy and attack success rate of the student at snapshots of the distillation", "round",
       "%"},
      {{"ACC", "acc", Zip(rounds, curves.value("acc", Json()))},
       {"ASR", "asr", Zip(rounds, curves.value("asr", Json()))}},
      true);
}

Json Logged(const Json& log) {
  if (!log.is_object()) return nullptr;
  Json items = Json::array();
  for (const auto& [name, series] : log.items()) {
    std::vector<std::pair<double, double>> points;
    for (const auto& point : series) {
      if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number()) {
        points.emplace_back(point[0], point[1]);
      }
    }
    const auto chart = svg::LineChart(
        {fmt::format("log{}", items.size()), name, name + " over rounds", "round", ""},
        {{"last", "plain", points}}, false);
    if (!chart.empty()) items.push_back({{"name", name}, {"chart_svg", chart}});
  }
  return ListOrNull(std::move(items));
}

// --- options and making ---

Json OptionTable(const Json& entry, const Json& options) {
  Json values = Json::array();
  for (const auto& [name, value] : options.items()) {
    values.push_back(
        {{"name", name}, {"value", value.is_string() ? value.get<std::string>() : value.dump()}});
  }
  return {{"entry", entry}, {"values", std::move(values)}};
}

// An entry, and after it its parts.
void AddEntry(Json& tables, const std::string& role, const Entry& entry) {
  tables.push_back(OptionTable({{"role", role},
                                {"plugin", entry.plugin},
                                {"revision", entry.revision},
                                {"attack_aware", entry.attack_aware}},
                               entry.options));
  for (const auto& part : entry.parts) AddEntry(tables, "part of the " + role, part);
}

Json Options(const Score& score) {
  Json tables = Json::array();
  for (const auto& [axis, entry] : score.entries) {
    AddEntry(tables, axis == "defense" ? "defence" : axis, entry);
  }
  if (score.teacher_recipe.is_object()) tables.push_back(OptionTable({}, score.teacher_recipe));
  return tables;
}

// Single quotes keep everything but a single quote from the shell.
std::string ShellWord(const std::string& text) {
  const auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";
  if (!text.empty() && text.find_first_not_of(plain) == text.npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// By the matrix file beside the page: preset, options and settings are in it, whatever the matrix
// of that name is today.
std::string ReproduceCommand(const Score& score) {
  const auto& cell = score.cell;
  return fmt::format(
      "dfkd run matrix.json --datasets {} --attacks {} --distillers {} --defenses {} "
      "--teacher-seeds {} --student-seeds {} --threads {} --device {}",
      ShellWord(cell.dataset), ShellWord(cell.attack), ShellWord(cell.distiller),
      ShellWord(cell.defense), cell.teacher_seed, cell.student_seed, score.numerics.threads,
      ShellWord(score.numerics.device));
}

// How many pairs of networks such a command runs: they cannot be selected.
size_t PairsIn(const Json& matrix) {
  std::set<std::string> pairs;
  for (const auto& block : matrix.value("blocks", Json::array())) {
    for (const auto& networks : block.value("networks", Json::array()))
      pairs.insert(networks.dump());
  }
  return pairs.size();
}

Json Reproduction(const Score& score, const Json& matrix) {
  if (matrix.is_null()) return nullptr;
  const auto pairs = static_cast<int64_t>(PairsIn(matrix));
  return {{"command", ReproduceCommand(score)},
          {"matrix_file", "matrix.json"},
          {"pairs", pairs > 1 ? Plural(pairs, "pair") : ""}};
}

Json Stages(const Score& score) {
  Json stages = Json::array();
  for (const auto& [label, key] : score.provenance.stages) {
    const auto seconds = score.cost.stages.find(label);
    stages.push_back(
        {{"stage", label},
         {"key", key},
         {"time", seconds == score.cost.stages.end() ? Missing("not measured")
                                                     : Shown(Duration(seconds->second))}});
  }
  return stages;
}

Json Artifacts(const Score& score) {
  Json artifacts = Json::array();
  for (const auto& [label, digest] : score.provenance.artifacts) {
    artifacts.push_back(
        {{"stage", label}, {"digest", digest}, {"time", Missing("an artifact takes no time")}});
  }
  return artifacts;
}

Json Making(const Score& score) {
  const auto& numerics = score.numerics;
  const auto& provenance = score.provenance;
  const auto& cost = score.cost;
  const std::string unmeasured = "not measured";
  return {{"version", provenance.version},
          {"commit", provenance.commit},
          {"created", provenance.created},
          {"profile", numerics.profile},
          {"device", numerics.device},
          {"threads", Plural(numerics.threads, "thread")},
          {"deterministic", numerics.deterministic},
          {"cost", DurationOr(ComparedSeconds(score), WhyMissing(score))},
          {"cost_device", ComparedDevice(score)},
          {"wall", cost.wall_seconds ? Json(Duration(*cost.wall_seconds)) : Json()},
          {"total", cost.total_seconds ? Json(Duration(*cost.total_seconds)) : Json()},
          {"wall_time", DurationOr(cost.wall_seconds, unmeasured)},
          {"total_time", DurationOr(cost.total_seconds, unmeasured)},
          {"cpu_time", DurationOr(cost.cpu_seconds, unmeasured)},
          {"gpu_time", DurationOr(cost.gpu_seconds, unmeasured)},
          {"peak_memory", cost.peak_bytes ? Shown(Bytes(*cost.peak_bytes)) : Missing(unmeasured)},
          {"fingerprint", score.data.fingerprint},
          {"digest", Digest(score)},
          {"stages", Stages(score)},
          {"artifacts", Artifacts(score)},
          {"raw", CellId(score.cell) + ".json"}};
}

Json Heading(const Score& score) {
  Json unfinished;
  if (score.status != Status::kOk) {
    unfinished = {{"status", StatusText(score.status)}, {"reason", score.reason.value_or("")}};
  }
  Json heading = CoordinatesData(score.cell);
  heading.update({{"matrix", score.matrix},
                  {"evaluated_on", score.evaluated_on},
                  {"track", score.track},
                  {"preset", score.preset},
                  {"demonstration", score.demonstration},
                  {"unfinished", unfinished},
                  {"flags", ListOrNull(FlagList(score))}});
  return heading;
}

}  // namespace

Json CellData(const Score& score, const Json& matrix, const Json& curves, const Json& log,
              const std::vector<std::string>& pictures) {
  Json data = Heading(score);
  data.update(Numbers(score));
  data.update(Making(score));
  data["reproduction"] = Reproduction(score, matrix);
  data["classes"] = Classes(score);
  data["pictures"] = Pictures(score, pictures);
  data["curves_svg"] = Curves(curves);
  data["logged"] = Logged(log);
  data["options"] = Options(score);
  return PageData(fmt::format("{} against {} · dfkd-bench", score.cell.defense, score.cell.attack),
                  kRoot, "cell", std::move(data));
}

}  // namespace dfkd::site
