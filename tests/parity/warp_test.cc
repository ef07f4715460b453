// WaNet against an implementation in PyTorch: case_warp.py.
#include "attacks/wanet/wanet.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::warp_test {

// The field of the formula instead of a drawn one.
class FieldFiller final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (name == "field") value = Values("warp_field", {16, 16, 2}, 2).to(at::kFloat);
  }
  void Number(const std::string&, int64_t&) override {}
};

// Attacks compute in float32. A pixel that lies within a rounding error of a half may fall on the
// other side, which is an error of 0.0001.
BOOST_AUTO_TEST_CASE(the_field_and_what_it_warps_agree) {
  Fixture expected("warp");
  wanet::WaNet attack(Read<wanet::Options>());
  attack.Begin(TinySpec());
  expected.Expect("field", attack.DrawField(Rng(11)), 1e-5);
  FieldFiller filler;
  attack.Visit(filler);
  const auto images = Values("warp_images", {4, 3, 16, 16}, 127, 128).floor().to(at::kByte);
  expected.Expect("triggered", attack.Trigger(images), 1e-3);
}

}  // namespace dfkd::parity::warp_test
