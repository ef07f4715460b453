// CLP against an implementation in PyTorch: case_pruning.py.
#include "methods/defenses/clp/clp.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::pruning_test {

// The bound of every channel, and what is left of every normalisation.
void ComparePruning(const std::string& name, const std::string& network,
                    const std::string& pairing) {
  Fixture expected("pruning_" + name);
  const auto net = MakeFilled(network, TinySpec(), "teacher");
  const auto options = Read<clp::Options>({{"u", 1.0}, {"pairing", pairing}});
  clp::Weights weights;
  for (const auto& item : net->Parameters()) {
    const auto last = item.name.rfind('.');
    if (item.name.substr(last) == ".weight") weights[item.name.substr(0, last)] = item.value;
  }
  for (const auto& norm : net->Norms())
    expected.Expect("bounds." + norm.name, clp::ChannelBounds(norm, weights, options));

  FakeProgress progress;
  DefenseContext context{.teacher = *net, .spec = TinySpec(), .rng = Rng(1), .progress = progress};
  clp::Clp(options).SanitizeTeacher(*net, context);
  for (const auto& norm : net->Norms()) {
    expected.Expect("pruned." + norm.name + ".weight", norm.weight);
    expected.Expect("pruned." + norm.name + ".bias", norm.bias);
  }
  expected.Expect("count", progress.scalars.at("clp/pruned").at(0));
}

BOOST_AUTO_TEST_CASE(pruning_with_the_last_convolution_before_a_norm_agrees) {
  ComparePruning("official", "wrn-16-2", "official");
}
BOOST_AUTO_TEST_CASE(pruning_with_what_a_norm_reads_or_what_reads_it_agrees) {
  ComparePruning("graph", "wrn-16-2", "graph");
}
BOOST_AUTO_TEST_CASE(in_a_plain_network_both_pairings_are_one) {
  ComparePruning("plain", "vgg-s-16", "official");
  ComparePruning("plain", "vgg-s-16", "graph");
}

}  // namespace dfkd::parity::pruning_test
