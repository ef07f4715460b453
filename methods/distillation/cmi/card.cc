// What the card says of CMI: its options.
#include "methods/distillation/cmi/cmi.h"

namespace dfkd::cmi {

void Options::Declare(OptionTable<Options>& o) {
  o.Add("rounds", &Options::rounds, {.initial = 200, .lowest = 1},
        "epochs: one synthesis, then student_steps student steps");
  o.Add("synthesis_batch", &Options::synthesis_batch, {.initial = 256, .lowest = 2},
        "images made by a synthesis");
  o.Add("synthesis_steps", &Options::synthesis_steps, {.initial = 200, .lowest = 1},
        "generator steps of a synthesis");
  o.Add("student_steps", &Options::student_steps, {.initial = 400, .lowest = 1},
        "student steps of a round, on all images made so far");
  o.Add("batch_size", &Options::batch_size, {.initial = 128, .lowest = 2},
        "images of a student step");
  o.Add("latent", &Options::latent, {.initial = 256, .lowest = 1},
        "latent dimensions; latents are trained with the generator");
  o.Add("generator_width", &Options::generator_width, {.initial = 128, .lowest = 2},
        "channels of the generator's first feature map, even");
  o.Add("crop", &Options::crop, {.initial = 4, .lowest = 0, .highest = 64},
        "black padding of the random crop of pool images; GTSRB: 0");
  o.Add("flip", &Options::flip, FlipLimits(),
        "pool images are mirrored half of the time; auto: where mirrored images keep their class");
  o.Add("norm_weight", &Options::norm_weight, {.initial = 1, .lowest = 0},
        "weight of the distance to the running statistics");
  o.Add("one_hot_weight", &Options::one_hot_weight, {.initial = 1, .lowest = 0},
        "weight of the cross entropy against the drawn labels");
  o.Add("adversarial_weight", &Options::adversarial_weight, {.initial = 0.5, .lowest = 0},
        "weight of the student's divergence where it agrees with the teacher");
  o.Add("contrast_weight", &Options::contrast_weight, {.initial = 0.8, .lowest = 0},
        "weight of the contrastive loss");
  o.Add("contrast_temperature", &Options::contrast_temperature, {.initial = 0.1, .lowest = 1e-3},
        "softmax temperature of the contrastive loss");
  o.Add("bank_size", &Options::bank_size, {.initial = 40960, .lowest = 2},
        "features of earlier images that are remembered");
  o.Add("negatives", &Options::negatives, {.initial = 4096, .lowest = 1},
        "remembered features drawn for each step");
  o.Add("head_width", &Options::head_width, {.initial = 256, .lowest = 1},
        "dimensions in which features are compared");
  o.Add("generator_lr", &Options::generator_lr, {.initial = 1e-3, .lowest = 0},
        "learning rate of the Adam (0.5, 0.999) of generator and latents");
  o.Add("head_lr", &Options::head_lr, {.initial = 1e-3, .lowest = 0},
        "learning rate of the contrastive head's Adam");
  o.Add("lr", &Options::lr, {.initial = 0.1, .lowest = 0},
        "learning rate of the student's SGD (momentum 0.9, decay 1e-4), cosine to 0 by round");
  o.Add("temperature", &Options::temperature, {.initial = 20, .lowest = 0.01, .highest = 100},
        "softmax temperature of the KD loss");
  o.Add("bank_forgets_when_full", &Options::bank_forgets_when_full, {.initial = false},
        "as in the reference, an exactly full bank gives no negatives and no finite cost");
  o.Add("restart_in_late_phase", &Options::restart_in_late_phase, {.initial = false},
        "as in the reference, pool, bank and head start anew where a defence's late phase begins");
}

}  // namespace dfkd::cmi
