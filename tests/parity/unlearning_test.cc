// I-BAU against an implementation in PyTorch: case_unlearning.py.
#include "bench/recipes/unlearning.h"

#include "tests/parity/parity.h"

namespace dfkd::parity::unlearning_test {

constexpr int64_t kBatch = 8, kClasses = 10;

Unlearning ProblemOf(Classifier& net) {
  Unlearning problem;
  problem.model = [&net](const at::Tensor& x) { return net.Logits(x, Mode::kEval, Grad::kAll); };
  for (const auto& parameter : net.Parameters()) problem.parameters.push_back(parameter.value);
  for (int64_t i = 0; i < 3; ++i) {
    problem.images.push_back(Images(fmt::format("unlearning_images{}", i), TinySpec(), kBatch));
    problem.labels.push_back((at::arange(kBatch) * (i + 1)).remainder(kClasses));
  }
  return problem;
}

BOOST_AUTO_TEST_CASE(unlearning_agrees_in_search_and_gradient) {
  Fixture expected("unlearning");
  const auto net = MakeFilled("wrn-16-1", TinySpec(), "student");
  const auto problem = ProblemOf(*net);
  expected.Expect("delta", WorstPerturbation(problem, Read<UnlearningOptions>()));
  auto rows = at::zeros({kBatch, 1, 1, 1}, at::kDouble);
  rows[1].fill_(1);
  rows[6].fill_(1);
  const auto delta = Values("given_delta", {1, 3, 16, 16}, 0.3);
  const std::map<std::string, Json> forms = {{"paper.", Json::object()},
                                             {"strong.", {{"terms", 3}, {"inner_step", 2.0}}}};
  for (const auto& [form, given] : forms) {
    const auto options = Read<UnlearningOptions>(given);
    const auto ours = UnlearningGradients(problem, 2, delta, rows, options);
    const auto parameters = net->Parameters();
    for (size_t i = 0; i < ours.size(); ++i) expected.Expect(form + parameters[i].name, ours[i]);
  }
}

}  // namespace dfkd::parity::unlearning_test
