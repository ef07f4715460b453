// OTBR against an implementation in PyTorch: case_transport.py.
#include "methods/defenses/otbr/otbr.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::transport_test {

// One neuron of each layer is pruned. Nothing but convolutions changes.
BOOST_AUTO_TEST_CASE(a_network_fused_with_its_pruned_form_agrees) {
  Fixture expected("transport");
  const auto net = MakeFilled("vgg-s-4", TinySpec(), "teacher");
  const auto before = net->Clone();
  FakeProgress progress;
  DefenseContext context{.teacher = *net, .spec = TinySpec(), .rng = Rng(8), .progress = progress};
  const auto options =
      Read<otbr::Options>({{"steps", 3}, {"batch_size", 6}, {"lr", 0.05}, {"share", 0.13}});
  otbr::Otbr(options).SanitizeTeacher(*net, context);
  const auto ours = net->Parameters(), theirs = before->Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    if (ours[i].value.dim() == 4) {
      expected.Expect(ours[i].name, ours[i].value);
    } else {
      BOOST_TEST(ours[i].value.equal(theirs[i].value), ours[i].name);
    }
  }
  expected.Expect("count", progress.scalars.at("otbr/pruned").at(0));
}

}  // namespace dfkd::parity::transport_test
