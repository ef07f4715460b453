#include "bench/images/jitter.h"

#include <algorithm>
#include <cmath>

namespace dfkd {
namespace {

float Luma(const float* rgb) { return 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2]; }

float Mixed(float value, float other, float factor) {
  return std::clamp(factor * value + (1 - factor) * other, 0.F, 255.F);
}

void Brightness(std::vector<float>& rgb, float factor) {
  for (float& value : rgb) value = Mixed(value, 0, factor);
}

void Contrast(std::vector<float>& rgb, float factor) {
  double sum = 0;
  for (size_t i = 0; i < rgb.size(); i += 3) sum += Luma(&rgb[i]);
  const auto mean = static_cast<float>(sum * 3 / static_cast<double>(rgb.size()));
  for (float& value : rgb) value = Mixed(value, mean, factor);
}

void Saturation(std::vector<float>& rgb, float factor) {
  for (size_t i = 0; i < rgb.size(); i += 3) {
    const float grey = Luma(&rgb[i]);
    for (size_t c = 0; c < 3; ++c) rgb[i + c] = Mixed(rgb[i + c], grey, factor);
  }
}

// Sixths of the colour circle, in [0, 6); 0 is red. `range` = largest - smallest > 0.
float Hue(const float* p, float largest, float range) {
  if (largest == p[0]) return std::fmod((p[1] - p[2]) / range + 6, 6.F);
  if (largest == p[1]) return (p[2] - p[0]) / range + 2;
  return (p[0] - p[1]) / range + 4;
}

// Turns the colours and keeps value and saturation of the HSV model.
void TurnHue(std::vector<float>& rgb, float turns) {
  for (size_t i = 0; i < rgb.size(); i += 3) {
    float* p = &rgb[i];
    const auto [low, high] = std::minmax({p[0], p[1], p[2]});
    if (high == low) continue;
    const float range = high - low, hue = Hue(p, high, range) + 6 * turns;
    const float top = high;
    for (int c = 0; c < 3; ++c) {
      const float k = std::fmod(hue + static_cast<float>(5 - 2 * c) + 12, 6.F);
      p[c] = top - range * std::clamp(std::min(k, 4 - k), 0.F, 1.F);
    }
  }
}

}  // namespace

void ColourJitter(Rng& rng, const JitterStrength& strength, std::vector<float>& rgb) {
  const auto factor = [&](double s) { return static_cast<float>(rng.Uniform(1 - s, 1 + s)); };
  const float brightness = factor(strength.brightness), contrast = factor(strength.contrast);
  const float saturation = factor(strength.saturation), hue = factor(strength.hue) - 1;
  for (const int64_t step : rng.Permutation(4)) {
    if (step == 0) Brightness(rgb, brightness);
    if (step == 1) Contrast(rgb, contrast);
    if (step == 2) Saturation(rgb, saturation);
    if (step == 3) TurnHue(rgb, hue);
  }
}

}  // namespace dfkd
