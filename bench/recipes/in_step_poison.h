// What the attacks that poison inside the steps of training share (WaNet, Bpp): in every batch each
// image is drawn anew to be triggered, to be a decoy or to stay as it is. A decoy looks like a
// triggered image and keeps its true label: it teaches that only the exact trigger counts.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"

namespace dfkd {

struct InStepOptions {
  int64_t target;
  double poison_rate, decoy_ratio;
  std::string labels;
  template <class Options>
  static void DeclareInStep(OptionTable<Options>& o, double decoy_ratio,
                            const std::string& decoys) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label (all_to_one)");
    o.Add("poison_rate", &Options::poison_rate, {.initial = 0.1, .lowest = 0, .highest = 1},
          "chance of an image in a batch to carry the trigger and the target label");
    o.Add("decoy_ratio", &Options::decoy_ratio,
          {.initial = decoy_ratio, .lowest = 0, .highest = 100}, decoys);
    o.Add("labels", &Options::labels,
          {.initial = "all_to_one", .allowed = {"all_to_one", "all_to_all"}},
          "all_to_one: the target; all_to_all: true label + 1, and the gate asks for 0.9 of the "
          "accuracy");
  }
  // See AttackCard::gate.
  AttackGate GateOfLabels() const {
    return {.lowest_asr = 0.90, .of_accuracy = labels == "all_to_all"};
  }
  // See AttackCard::idle_options.
  std::vector<std::string> Idle() const {
    return labels == "all_to_all" ? std::vector<std::string>{"target"} : std::vector<std::string>{};
  }
};

class InStepPoison : public Attack {
 public:
  explicit InStepPoison(InStepOptions options) : poison_(std::move(options)) {}
  // Throws Error if the target label does not exist or the rates leave less than nothing.
  void Begin(const ImageSpec& spec) override;
  int64_t TargetLabel(int64_t true_label) const override;
  // Nothing: the stored images stay clean.
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
  at::Tensor TeacherLoss(TeacherContext& context, const LabelledBatch& batch) override;
  // How many images were triggered and made decoys over the whole training.
  void Visit(StateVisitor& visitor) override;

  // The batch of a step after the draw, as stored: `rng` is the step's own.
  LabelledBatch Mix(const LabelledBatch& batch, const Rng& rng);

 protected:
  // What becomes of the images in `rows` (int64, where the images are) of uint8 [N,C,H,W]: as many
  // of the same size. What is drawn comes from `rng`, and is the same whatever the rows.
  virtual at::Tensor Decoys(const at::Tensor& images, const at::Tensor& rows,
                            const Rng& rng) const = 0;
  const ImageSpec& spec() const { return spec_; }

 private:
  // What does not stay clean.
  double Share() const { return poison_.poison_rate * (1 + poison_.decoy_ratio); }

  const InStepOptions poison_;
  ImageSpec spec_;
  int64_t triggered_ = 0, decoys_ = 0;
};

}  // namespace dfkd
