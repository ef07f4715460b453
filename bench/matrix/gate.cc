#include "bench/matrix/gate.h"

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
                               gate.attack, gate.largest_acc_drop});
}

GateResult EvaluateGate(Store& store, const GateRefs& gate) {
  const auto teacher = Read(store, gate.teacher), clean = Read(store, gate.clean);
  GateResult result{teacher.acc.value_or(0), clean.acc.value_or(0), teacher.asr};
  result.lowest_asr = gate.attack.lowest_asr * (gate.attack.of_accuracy ? result.teacher_acc : 1.0);
  // Accuracies are quotients of counts: without the slack, a drop of exactly 3 points would depend
  // on rounding.
  constexpr double kSlack = 1e-9;
  result.carries_backdoor = result.teacher_asr.value_or(0) + kSlack >= result.lowest_asr;
  result.does_its_task = result.teacher_acc + kSlack >= result.clean_acc - gate.largest_acc_drop;
  result.passed = result.carries_backdoor && result.does_its_task;
  return result;
}

}  // namespace dfkd
