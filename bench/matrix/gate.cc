#include "bench/matrix/gate.h"

#include <fmt/format.h>

namespace dfkd {
namespace {

std::optional<double> Fraction(const Json& count) {
  if (count.is_null() || count.at(1).get<double>() <= 0) return std::nullopt;
  return count.at(0).get<double>() / count.at(1).get<double>();
}

struct Evaluation {
  std::optional<double> acc, asr;
};

Evaluation Read(Store& store, const std::string& ref) {
  const auto file = store.Open(ref).File("evaluation.json");
  try {
    const Json json = ReadJson(file);
    return {Fraction(json.at("clean")), Fraction(json.value("target", Json()))};
  } catch (const Json::exception&) {
    throw MakeError("{}: is no evaluation: \"clean\" and \"target\" must be [k, n]", file.string());
  }
}

}  // namespace

GateResult EvaluateGate(Store& store, const Plan& plan, const Gate& gate) {
  return EvaluateGate(store,
                      GateRefs{plan.Ref(gate.teacher_evaluation), plan.Ref(gate.clean_evaluation),
                               gate.attack, gate.largest_acc_drop, plan.Ref(gate.Judged())});
}

std::string WhoIsJudged(const Gate& gate) {
  const auto& by = gate.attack.student_by;
  return by ? fmt::format("the teacher's {} student's", by->plugin) : "the teacher's";
}

GateResult EvaluateGate(Store& store, const GateRefs& gate) {
  const auto teacher = Read(store, gate.teacher), clean = Read(store, gate.clean);
  const bool dormant = !gate.judged.empty() && gate.judged != gate.teacher;
  const auto judged = dormant ? Read(store, gate.judged) : teacher;
  GateResult result{teacher.acc.value_or(0), clean.acc.value_or(0), judged.asr};
  result.lowest_asr =
      gate.attack.lowest_asr * (gate.attack.of_accuracy ? judged.acc.value_or(0) : 1.0);
  // Accuracies are quotients of counts: without the slack, a drop of exactly 3 points would depend
  // on rounding.
  constexpr double kSlack = 1e-9;
  result.carries_backdoor = result.asr.value_or(0) + kSlack >= result.lowest_asr;
  result.does_its_task = result.teacher_acc + kSlack >= result.clean_acc - gate.largest_acc_drop;
  result.passed = result.carries_backdoor && result.does_its_task;
  return result;
}

}  // namespace dfkd
