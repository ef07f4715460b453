#include <algorithm>
#include <cmath>

#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"

namespace dfkd {
namespace {

bool IsWhole(const Image& image) {
  const bool coloured = image.channels == 1 || image.channels == 3;
  return coloured && image.height > 0 && image.width > 0 &&
         static_cast<int64_t>(image.pixels.size()) == image.height * image.width * image.channels;
}

void RequireWhole(const Hook& hook, const LabelledImages& part, int64_t classes) {
  if (part.images.size() != part.labels.size()) {
    hook.Fail(fmt::format("{} images must have as many labels, not {}", part.images.size(),
                          part.labels.size()));
  }
  for (size_t i = 0; i < part.images.size(); ++i) {
    const auto& image = part.images[i];
    if (!IsWhole(image)) {
      hook.Fail(fmt::format(
          "image {} must have 1 or 3 channels and height * width * channels bytes, not {}x{}x{} in "
          "{} bytes",
          i, image.height, image.width, image.channels, image.pixels.size()));
    }
    if (part.labels[i] < 0 || part.labels[i] >= classes) {
      hook.Fail(
          fmt::format("labels must lie in [0, {}): {} at {} does not", classes, part.labels[i], i));
    }
  }
}

// Whoever divides by 255 too early leaves images that are black to all.
void RequireVisible(const Hook& hook, const LabelledImages& part) {
  const auto is_seen = [](uint8_t value) { return value > 1; };
  const bool seen = std::any_of(part.images.begin(), part.images.end(), [&](const Image& image) {
    return std::any_of(image.pixels.begin(), image.pixels.end(), is_seen);
  });
  if (seen || part.images.empty()) return;
  hook.Fail("pixels must lie in [0, 255], and those of all images lie in [0, 1]");
}

void RequireUsable(const Hook& hook, const ImageSpec& spec) {
  if (spec.channels != 1 && spec.channels != 3)
    hook.Fail(fmt::format("channels = {} must be 1 or 3", spec.channels));
  if (spec.height < 1 || spec.width < 1 || spec.classes < 1) {
    hook.Fail(fmt::format("height, width and classes must be at least 1, not {}, {} and {}",
                          spec.height, spec.width, spec.classes));
  }
  const auto channels = static_cast<size_t>(spec.channels);
  if (spec.mean.size() != channels || spec.stddev.size() != channels) {
    hook.Fail(
        fmt::format("mean and stddev must have a value for each of {} channels, not {} and "
                    "{}",
                    channels, spec.mean.size(), spec.stddev.size()));
  }
  for (size_t c = 0; c < channels; ++c) {
    if (!std::isfinite(spec.mean[c]) || !std::isfinite(spec.stddev[c]) || spec.stddev[c] <= 0) {
      hook.Fail(fmt::format("mean must be finite and stddev above 0, not {} and {} in channel {}",
                            spec.mean[c], spec.stddev[c], c));
    }
  }
}

class CheckedDataset final : public Dataset {
 public:
  CheckedDataset(const std::string& name, std::unique_ptr<Dataset> plugin)
      : who_("data set " + name), plugin_(std::move(plugin)) {}

  ImageSpec Spec() const override {
    const Hook hook(who_, "Spec");
    const auto spec = hook.Call(Lent(), [&] { return plugin_->Spec(); });
    RequireUsable(hook, spec);
    return spec;
  }
  std::vector<std::string> ClassNames() const override {
    const Hook hook(who_, "ClassNames");
    auto names = hook.Call(Lent(), [&] { return plugin_->ClassNames(); });
    if (const auto classes = Spec().classes; std::ssize(names) != classes)
      hook.Fail(fmt::format("{} classes must have as many names, not {}", classes, names.size()));
    return names;
  }
  LabelledImages Load(Part part, const std::filesystem::path& root) const override;
  std::vector<DatasetFile> Files() const override {
    return Hook(who_, "Files").Call(Lent(), [&] { return plugin_->Files(); });
  }
  std::vector<std::filesystem::path> Sources(const std::filesystem::path& root) const override {
    return Hook(who_, "Sources").Call(Lent(), [&] { return plugin_->Sources(root); });
  }
  std::string OfficialFingerprint() const override {
    const Hook hook(who_, "OfficialFingerprint");
    return hook.Call(Lent(), [&] { return plugin_->OfficialFingerprint(); });
  }

 private:
  const std::string who_;
  const std::unique_ptr<Dataset> plugin_;
};

LabelledImages CheckedDataset::Load(Part part, const std::filesystem::path& root) const {
  const Hook hook(who_, part == Part::kTrain ? "Load of train" : "Load of test");
  auto loaded = hook.Call(Lent(), [&] { return plugin_->Load(part, root); });
  RequireWhole(hook, loaded, Spec().classes);
  RequireVisible(hook, loaded);
  return loaded;
}

}  // namespace

std::unique_ptr<Dataset> Checked(const std::string& name, std::unique_ptr<Dataset> plugin) {
  return std::make_unique<CheckedDataset>(name, std::move(plugin));
}

}  // namespace dfkd
