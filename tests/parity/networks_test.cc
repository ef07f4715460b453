// Networks and the generator against an implementation in PyTorch: case_networks.py.
#include "bench/nn/generator.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::networks_test {

constexpr int64_t kBatch = 4;
// Logits and statistics of float32 are as good as its sums; a gradient would jump where a ReLU
// reads a rounded 0.
constexpr double kFloat32 = 1e-4;

void CompareNetwork(const std::string& name) {
  Fixture expected("network_" + name);
  const auto net = MakeFilled(name, CifarSpec(), name);
  const auto single = MakeFilled(name, CifarSpec(), name, Profile::kFp32);
  const auto cotangent = Values("cotangent", {kBatch, 10});
  for (const auto& [word, mode] :
       {std::pair{"eval.", Mode::kEval}, std::pair{"train.", Mode::kTrain}}) {
    const std::string prefix = word;
    net->ZeroGrad();
    const auto x = Images("images", CifarSpec(), kBatch).requires_grad_(true);
    const auto logits = net->Logits(x, mode, Grad::kAll);
    (logits * cotangent).sum().backward();
    expected.Expect(prefix + "logits", logits);
    expected.Expect(prefix + "logits", single->Logits(x, mode, Grad::kNone), kFloat32);
    expected.Expect(prefix + "images.grad", x.grad());
    expected.ExpectGradients(prefix + "grad.", net->Parameters());
  }
  expected.ExpectAll("after_train.", net->Buffers());
  for (const auto& [name, value] : single->Buffers()) {
    if (value.is_floating_point()) expected.Expect("after_train." + name, value, kFloat32);
  }
}

BOOST_AUTO_TEST_CASE(wrn_16_1_agrees) { CompareNetwork("wrn-16-1"); }
BOOST_AUTO_TEST_CASE(wrn_16_2_agrees) { CompareNetwork("wrn-16-2"); }
BOOST_AUTO_TEST_CASE(wrn_40_1_agrees) { CompareNetwork("wrn-40-1"); }
BOOST_AUTO_TEST_CASE(wrn_40_2_agrees) { CompareNetwork("wrn-40-2"); }
BOOST_AUTO_TEST_CASE(vgg_s_8_agrees) { CompareNetwork("vgg-s-8"); }
BOOST_AUTO_TEST_CASE(resnet_18_agrees) { CompareNetwork("resnet-18"); }
BOOST_AUTO_TEST_CASE(resnet_34_agrees) { CompareNetwork("resnet-34"); }
BOOST_AUTO_TEST_CASE(vgg_8_bn_agrees) { CompareNetwork("vgg-8-bn"); }
BOOST_AUTO_TEST_CASE(mobilenetv2_half_agrees) { CompareNetwork("mobilenetv2-half"); }
BOOST_AUTO_TEST_CASE(vgg_11_bn_agrees) { CompareNetwork("vgg-11-bn"); }

void CompareGenerator(const std::string& name, GeneratorKind kind, double epsilon = 1e-5) {
  Fixture expected("generator_" + name);
  Generator generator({.latent = 12, .width = 16, .kind = kind, .norm_epsilon = epsilon},
                      TinySpec());
  generator.Use(at::kCPU, Profile::kFp64);
  Fill(generator.Parameters(), "generator");
  const auto latent = Values("latent", {8, 12}).requires_grad_(true);
  const auto images = generator.Images(latent, Grad::kAll);
  (images * Values("image_cotangent", images.sizes())).sum().backward();
  expected.Expect("images", images);
  expected.Expect("latent.grad", latent.grad());
  expected.ExpectGradients("grad.", generator.Parameters());
}

BOOST_AUTO_TEST_CASE(the_generator_of_zskt_agrees) {
  CompareGenerator("zskt", GeneratorKind::kZskt);
}
BOOST_AUTO_TEST_CASE(the_generator_of_dafl_agrees) {
  CompareGenerator("dafl", GeneratorKind::kDafl, 0.8);
}
BOOST_AUTO_TEST_CASE(the_generators_of_datafree_agree) {
  CompareGenerator("datafree", GeneratorKind::kDataFree);
  CompareGenerator("datafree_large", GeneratorKind::kDataFreeLarge);
}

}  // namespace dfkd::parity::networks_test
