// Toy data: ten classes of generated shapes, any size. For smoke tests and demonstrations; needs no
// files.
#pragma once
#include <algorithm>
#include <cmath>

#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/core/rng.h"

namespace dfkd::shapes {

struct Options {
  int64_t size, channels, train, test;
  static void Declare(OptionTable<Options>& o) {
    o.Add("size", &Options::size, {.initial = 16, .lowest = 8, .highest = 256},
          "height and width in pixels");
    o.Add("channels", &Options::channels, {.initial = 1, .allowed = {1, 3}}, "1 grey, 3 colour");
    o.Add("train", &Options::train, {.initial = 4000, .lowest = 10, .highest = 1000000},
          "training images");
    o.Add("test", &Options::test, {.initial = 1000, .lowest = 10, .highest = 1000000},
          "test images");
  }
};

// Class = outline (5) x filled or hollow (2). Position, size, brightness and a noisy background
// vary.
class Shapes final : public Dataset {
 public:
  explicit Shapes(const Options& options) : options_(options) {}

  ImageSpec Spec() const override {
    const std::vector<double> half(options_.channels, 0.5), quarter(options_.channels, 0.25);
    return {options_.channels, options_.size, options_.size, 10, half, quarter};
  }

  std::vector<std::string> ClassNames() const override {
    return {"disc", "square", "diamond",        "cross",   "bar",
            "ring", "frame",  "hollow diamond", "saltire", "two bars"};
  }

  LabelledImages Load(Part part, const std::filesystem::path&) const override {
    LabelledImages out;
    const bool training = part == Part::kTrain;
    const Rng rng = Rng(2023).Fork(training ? "train" : "test");
    for (int64_t i = 0; i < (training ? options_.train : options_.test); ++i) {
      out.images.push_back(Draw(i % 10, rng.Fork("image", i)));
      out.labels.push_back(i % 10);
    }
    return out;
  }

 private:
  // Whether (u, v), in units of the shape's half size, belongs to the shape.
  static bool Inside(int64_t label, double u, double v) {
    const double au = std::abs(u), av = std::abs(v);
    const auto hollow = [](double distance) { return distance < 1 && distance > 0.6; };
    switch (label) {
      case 0:
        return u * u + v * v < 1;
      case 1:
        return std::max(au, av) < 0.9;
      case 2:
        return au + av < 1.1;
      case 3:
        return std::max(au, av) < 1 && std::min(au, av) < 0.3;
      case 4:
        return au < 1 && av < 0.35;
      case 5:
        return hollow(std::sqrt(u * u + v * v));
      case 6:
        return hollow(std::max(au, av) / 0.95);
      case 7:
        return hollow((au + av) / 1.2);
      case 8:
        return std::max(au, av) < 1 && std::abs(au - av) < 0.35;
      default:
        return av < 1 && au > 0.35 && au < 0.9;
    }
  }

  Image Draw(int64_t label, Rng rng) const {
    const auto size = static_cast<double>(options_.size);
    const double half = size * rng.Uniform(0.26, 0.36);
    const double cx = size * rng.Uniform(0.42, 0.58), cy = size * rng.Uniform(0.42, 0.58);
    const double back = rng.Uniform(10, 70), front = rng.Uniform(150, 245);
    Image image{options_.size, options_.size, options_.channels, {}};
    for (int64_t y = 0; y < options_.size; ++y) {
      for (int64_t x = 0; x < options_.size; ++x) {
        const bool in = Inside(label, (x + 0.5 - cx) / half, (y + 0.5 - cy) / half);
        for (int64_t c = 0; c < options_.channels; ++c) {
          const double value = (in ? front : back) + rng.Uniform(-12, 12);
          image.pixels.push_back(static_cast<uint8_t>(std::clamp(value, 0.0, 255.0)));
        }
      }
    }
    return image;
  }

  const Options options_;
};

DFKD_REGISTER(Shapes, DatasetCard<Options>{.name = "shapes",
                                           .summary = "generated shapes, any size; a toy",
                                           .image_spec = [](const Options& o) {
                                             return Json{{"channels", o.channels},
                                                         {"height", o.size},
                                                         {"width", o.size},
                                                         {"classes", 10}};
                                           }});

}  // namespace dfkd::shapes
