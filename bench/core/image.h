// Decoded images as plain bytes, and the contract of a data set. No LibTorch: loaders are parsers,
// and parsers are fuzzed and run under sanitizers.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"

namespace dfkd {

// 8-bit, row-major, interleaved: pixels[(y * width + x) * channels + c]. channels is 1 (grey) or 3
// (RGB).
struct Image {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;
};

// Geometry and normalisation of a data set: network input = (pixel / 255 - mean[c]) / stddev[c].
struct ImageSpec {
  int64_t channels = 0, height = 0, width = 0, classes = 0;
  // One per channel.
  std::vector<double> mean, stddev;
  // Whether an image mirrored left to right still shows its class. Of signs, digits and letters it
  // may not; what says `flip: auto` then leaves them as they are.
  bool mirrors = true;
};

// Images of one part of a data set, in loading order, as decoded: sizes may differ from the spec
// and among themselves.
struct LabelledImages {
  std::vector<Image> images;
  std::vector<int64_t> labels;  // in [0, classes)
};

enum class Part { kTrain, kTest };

struct DatasetFile {
  // Relative to the data folder, e.g. "cifar-10-binary.tar.gz".
  std::string path;
  // Where it is published.
  std::string url;
  // Of the download.
  std::string sha256;
  uint64_t bytes = 0;
  std::string unpack;  // "" (keep as it is), "tar", "zip"
};

// A data set. Load never downloads; what is missing is an Error that says which file, where it was
// looked for and which command fetches it. `root` is the folder given by --data. Const methods may
// be called from several threads.
struct Dataset {
  static constexpr PluginKind kKind = PluginKind::kDataset;
  virtual ~Dataset() = default;
  virtual ImageSpec Spec() const = 0;
  // `classes` names.
  virtual std::vector<std::string> ClassNames() const = 0;
  virtual LabelledImages Load(Part part, const std::filesystem::path& root) const = 0;
  // What `dfkd fetch` downloads.
  virtual std::vector<DatasetFile> Files() const { return {}; }
  // What Load would read, for `doctor` and for the fingerprint cache: existing files under `root`,
  // empty if generated.
  virtual std::vector<std::filesystem::path> Sources(const std::filesystem::path&) const {
    return {};
  }
  // The published fingerprint (below), "" if unknown or if there is none (generated, a user's own
  // data).
  virtual std::string OfficialFingerprint() const { return ""; }
};

// SHA-256 of the decoded images and labels of both parts in loading order, before any resize.
std::string Fingerprint(const LabelledImages& train, const LabelledImages& test);

// How many of the test images are training images, too, pixel by pixel, whatever their labels.
int64_t CountShared(const LabelledImages& train, const LabelledImages& test);
// Published data sets hold some images twice; where most are, what is tested was learned by heart.
// Throws Error if more than half of the test images are shared, and warns of how many if any are;
// `dataset` names it in the message.
void RequireMostlyUnseen(const LabelledImages& train, const LabelledImages& test,
                         const std::string& dataset);

// Integer bilinear resize (area average when shrinking); the same bytes on every machine. Channels
// are kept.
Image Resize(const Image& image, int64_t height, int64_t width);
// Source row = floor(H_in * y / H_out).
Image NearestResize(const Image& image, int64_t height, int64_t width);
// Luma (299 R + 587 G + 114 B + 500) / 1000; grey images are returned as they are.
Image ToGrey(const Image& image);

}  // namespace dfkd
