// every_eval_ever.jsonl: standings in the exchange format of the EvalEval coalition.
#include <fmt/format.h>

#include <ctime>

#include "leaderboard/pages/downloads.h"
#include "leaderboard/standings/rounded.h"

namespace dfkd::site {
namespace {

// Seconds since 1970 as text, which the schema wants; "0" for what is no such time.
std::string UnixTime(const std::string& utc) {
  std::tm time = {};
  if (strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) return "0";
  return std::to_string(timegm(&time));
}

// `id` joins equal metrics of several sources, so that only ours carry our name; `kind` is what may
// be averaged.
struct EvalMetric {
  const char *name, *id, *kind, *description;
  bool lower_is_better;
};

constexpr EvalMetric kAsr = {"asr", "dfkd_bench.asr", "attack_success_rate",
                             "attack success rate of the student, mean over attacks", true};
constexpr EvalMetric kAcc = {"acc", "accuracy", "accuracy",
                             "accuracy of the student on clean test images", false};
constexpr EvalMetric kDer = {"der", "dfkd_bench.der", "defense_effectiveness_rating",
                             "defence effectiveness rating against the undefended student", false};
constexpr EvalMetric kWorst = {"asr_worst", "dfkd_bench.asr_worst", "attack_success_rate",
                               "attack success rate under the worst attack", true};

Json EvalInterval(const std::optional<dfkd::Interval>& interval) {
  if (!interval) return nullptr;
  return {{"lower", Rounded(interval->low)},
          {"upper", Rounded(interval->high)},
          {"confidence_level", 0.95},
          {"method", "Student's t over teacher seeds"}};
}

Json EvalResult(const EvalMetric& metric, const std::string& evaluation, const std::string& dataset,
                Json details) {
  return {{"evaluation_result_id", fmt::format("{}/{}", evaluation, metric.name)},
          {"evaluation_name", metric.name},
          {"source_data", {{"dataset_name", dataset}, {"source_type", "other"}}},
          {"metric_config",
           {{"evaluation_description", metric.description},
            {"metric_id", metric.id},
            {"metric_name", metric.name},
            {"metric_kind", metric.kind},
            {"metric_unit", "proportion"},
            {"lower_is_better", metric.lower_is_better},
            {"score_type", "continuous"},
            {"min_score", 0},
            {"max_score", 1}}},
          {"score_details", std::move(details)}};
}

Json MeanDetails(const Estimate& estimate) {
  Json details = {
      {"score", Rounded(estimate.mean)},
      {"details",
       {{"cells", std::to_string(estimate.cells)}, {"attacks", std::to_string(estimate.strata)}}}};
  Json uncertainty = {{"num_samples", estimate.teachers}};
  if (estimate.error) uncertainty["standard_error"] = {{"value", Rounded(estimate.error)}};
  if (estimate.interval) uncertainty["confidence_interval"] = EvalInterval(estimate.interval);
  details["uncertainty"] = std::move(uncertainty);
  return details;
}

Json WorstDetails(const Standing& row) {
  Json details = {{"score", Rounded(row.worst)}, {"details", {{"attack", row.worst_attack}}}};
  if (row.worst_interval)
    details["uncertainty"] = {{"confidence_interval", EvalInterval(row.worst_interval)}};
  return details;
}

// A low ASR of students that collapsed is no defence: whoever reads one number alone must read it.
Json WithCollapse(Json details, const Standing& row) {
  if (row.collapsed > 0) {
    details["details"]["utility_collapse"] =
        fmt::format("in {} of {} finished cells: no rank, a low ASR there is no defence",
                    row.collapsed, row.finished);
  }
  return details;
}

Json EvalResults(const Standing& row, const std::string& evaluation, const std::string& dataset) {
  Json results = Json::array();
  const auto add = [&](const EvalMetric& metric, Json details) {
    results.push_back(
        EvalResult(metric, evaluation, dataset, WithCollapse(std::move(details), row)));
  };
  if (row.asr) add(kAsr, MeanDetails(*row.asr));
  if (row.worst) add(kWorst, WorstDetails(row));
  if (row.acc) add(kAcc, MeanDetails(*row.acc));
  if (row.der) add(kDer, MeanDetails(*row.der));
  return results;
}

// What is evaluated is a way to make students, not a model that could be downloaded: the program
// asks the students itself, and nobody says whether their weights are published.
Json EvalModel(const Group& group, const std::string& defense) {
  return {
      {"name", fmt::format("{} distilled by {}, defence {}", group.student_network, group.distiller,
                           defense)},
      {"id", fmt::format("dfkd-bench/{}-{}-{}", group.student_network, group.distiller, defense)},
      {"additional_details",
       {{"teacher_network", group.teacher_network},
        {"student_network", group.student_network},
        {"distiller", group.distiller},
        {"defense", defense},
        {"track", group.track},
        {"deployment_type", "self_deployed"},
        {"model_availability", "unknown"}}}};
}

Json EvalRecord(const std::string& matrix, const Group& group, const Standing& row,
                const std::string& version, const std::string& time) {
  const auto id = fmt::format("dfkd-bench/{}/{}/{}-{}/{}/{}/{}/{}", matrix, group.dataset,
                              group.teacher_network, group.student_network, group.distiller,
                              group.track, row.defense, time);
  return {{"schema_version", kEvalSchema},
          {"evaluation_id", id},
          {"retrieved_timestamp", time},
          {"source_metadata",
           {{"source_name", "dfkd-bench leaderboard"},
            {"source_type", "evaluation_run"},
            {"source_organization_name", "dfkd-bench authors"},
            {"evaluator_relationship", "third_party"},
            {"additional_details", {{"matrix", matrix}}}}},
          {"eval_library",
           {{"name", "dfkd-bench"}, {"version", version.empty() ? "unknown" : version}}},
          {"model_info", EvalModel(group, row.defense)},
          {"evaluation_results", EvalResults(row, id, group.dataset)}};
}

}  // namespace

std::string EvalRecords(const std::vector<Board>& boards, const std::string& version,
                        const std::string& newest) {
  const auto time = UnixTime(newest);
  std::string lines;
  for (const auto& board : boards) {
    for (const auto& group : board.groups) {
      for (const auto& row : group.standings.rows) {
        if (row.cells == 0) continue;
        const auto record = EvalRecord(board.matrix->name, group.group, row, version, time);
        lines += Canonical(record) + "\n";
      }
    }
  }
  return lines;
}

}  // namespace dfkd::site
