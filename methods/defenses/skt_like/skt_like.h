// The perturbed student of SKT ("Evading Data Provenance", ICCV 2025,
// https://arxiv.org/abs/2508.01074), as far as it needs no data beside the distiller's: the teacher
// sees an image, the student now and then the same image with a universal perturbation.
#pragma once
#include <vector>

#include "bench/core/registry.h"
#include "bench/recipes/replaced_loss.h"

namespace dfkd::skt_like {

struct Options {
  double temperature, share;
  int64_t pool, images;
  double rate, norm_penalty, radius;
  static void Declare(OptionTable<Options>& o) {
    o.Add("temperature", &Options::temperature, {.initial = 1, .lowest = 0.01, .highest = 100},
          "softmax temperature of the student's KD loss");
    o.Add("share", &Options::share, {.initial = 0.05, .lowest = 0, .highest = 1},
          "of the student's batches that are perturbed, each with one perturbation of the pool");
    o.Add("pool", &Options::pool, {.initial = 5, .lowest = 1, .highest = 100},
          "perturbations; they learn in turn, one batch each");
    o.Add("images", &Options::images, {.initial = 5000, .lowest = 1},
          "that each perturbation learns from; it is used when it has seen them");
    o.Add("rate", &Options::rate, {.initial = 1, .lowest = 0}, "learning rate of SGD on them");
    o.Add("norm_penalty", &Options::norm_penalty, {.initial = 0.001, .lowest = 0, .highest = 100},
          "weight of the squared norm of a perturbation");
    o.Add("radius", &Options::radius, {.initial = 5, .lowest = 0, .highest = 1000},
          "largest norm of a perturbation while it learns, pixels in [0,1]");
  }
  // See PluginCard::looks_into_teacher: perturbations climb its gradients.
  static bool LooksIntoTeacher() { return true; }
};

// Of a perturbation [1,C,H,W] in pixels of [0,1]: not longer than `radius`.
at::Tensor InBall(const at::Tensor& perturbation, double radius);
// What may be kept of it: shrunk to the norm of 16/255 in every entry, 3.48 for 3x32x32; the signs
// of its ten largest entries; its signs times 16/255.
std::vector<at::Tensor> Candidates(const at::Tensor& perturbation);

class SktLike final : public ReplacedLoss {
 public:
  explicit SktLike(const Options& options) : ReplacedLoss("skt_like"), options_(options) {}
  void Begin(DefenseContext& context) override;
  void Observe(const TransferBatch& batch) override;
  void Visit(StateVisitor& visitor) override;

 private:
  at::Tensor StudentImages(const TransferBatch& batch) override;
  at::Tensor Loss(const TransferBatch& batch, const at::Tensor& student_logits) const override;
  // Perturbed, and clipped to what a picture can show.
  at::Tensor Clipped(const at::Tensor& images, const at::Tensor& perturbation) const;
  // Scalar: the teacher's cross entropy on perturbed images against its own answers.
  at::Tensor Harm(const TransferBatch& batch, const at::Tensor& perturbation) const;
  void Learn(const TransferBatch& batch, size_t which);

  const Options options_;
  std::vector<at::Tensor> pool_;  // [1,C,H,W] each
  std::vector<int64_t> seen_;     // images, of each
  int64_t turn_ = 0;
};

inline Rounds Always(const Options&, const DistillerTraits& d) { return {0, d.rounds}; }
inline bool OnStudent(const Options&, const DistillerTraits&) { return true; }

DFKD_REGISTER(SktLike,
              DefenseCard<Options>{.name = "skt_like",
                                   .summary = "SKT-like: the student sees perturbed images, too",
                                   .paper = "https://arxiv.org/abs/2508.01074",
                                   .revision = 3,
                                   .active = Always,
                                   .sets_coefficients = OnStudent});

}  // namespace dfkd::skt_like
