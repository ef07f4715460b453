#include "bench/recipes/transfer_set.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/images/banks.h"
#include "bench/images/patches.h"
#include "bench/io/image_file.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/count_of.h"
#include "bench/recipes/imported_images.h"

namespace dfkd {
namespace {

constexpr int64_t kBatch = 500;    // images of one teacher pass
constexpr int64_t kStandIn = 256;  // procedural images where none are imported

// The teacher's class of each image, int64 [N] on the CPU.
at::Tensor Predictions(const at::Tensor& images, const TransferSetContext& context) {
  std::vector<at::Tensor> classes;
  for (int64_t first = 0; first < images.size(0); first += kBatch) {
    const auto batch = images.slice(0, first, std::min(images.size(0), first + kBatch));
    const auto pixels = Normalize(batch.to(context.device), context.spec);
    classes.push_back(context.teacher->Logits(pixels).argmax(1).to(at::kCPU));
    context.progress.Tick(first, images.size(0));
  }
  return at::cat(classes);
}

// As many images, drawn with replacement, so that the teacher's classes come up about equally
// often; classes of fewer than 20 images are not repeated without end.
at::Tensor Balanced(const at::Tensor& images, const TransferSetContext& context) {
  DFKD_CHECK(context.teacher != nullptr);
  const auto classes = Predictions(images, context);
  const auto counts = at::bincount(classes, {}, context.spec.classes).clamp_min(20);
  const auto weights = counts.to(at::kDouble).reciprocal().index_select(0, classes);
  const auto sums = weights.cumsum(0);  // [N]
  auto draws = at::empty_like(sums);
  Rng rng = context.rng.Fork("balance");
  const double total = sums[-1].item<double>();
  for (int64_t i = 0; i < draws.numel(); ++i) draws.data_ptr<double>()[i] = total * rng.Uniform();
  const auto rows = at::searchsorted(sums, draws, /*out_int32=*/false, /*right=*/true);
  return images.index_select(0, rows.clamp_max(images.size(0) - 1));
}

Split Finished(const at::Tensor& images, const Json& options, const TransferSetContext& context) {
  return {options.at("balance").get<bool>() ? Balanced(images, context) : images, {}};
}

Split MakeBankSet(const Json& options, const TransferSetContext& context) {
  const auto bank =
      MakeBank(options.at("kind").get<std::string>(), options.at("count").get<int64_t>(),
               context.spec, context.rng.Fork("bank"));
  return Finished(bank, options, context);
}

Image PictureOf(const Json& options, const Rng& rng) {
  const auto file = options.at("picture").get<std::string>();
  if (file.empty()) return ProceduralPicture(rng.Fork("picture"));
  const auto expected = options.at("sha256").get<std::string>();
  if (const auto found = expected.empty() ? expected : Sha256OfFile(file); found != expected) {
    throw MakeError("{}: sha256 is {}, expected {}", file, found, expected);
  }
  return ReadImage(file);
}

Split MakePatchSet(const Json& options, const TransferSetContext& context) {
  const auto patches = CutPatches(PictureOf(options, context.rng), context.rng.Fork("patches"),
                                  options.at("count").get<int64_t>(), context.spec);
  return Finished(patches, options, context);
}

Split MakeImportedSet(const Json& options, const TransferSetContext& context) {
  const auto path = options.at("path").get<std::string>();
  if (path.empty())
    return {MakeBank("solids_mix", kStandIn, context.spec, context.rng.Fork("bank")), {}};
  return {ImportedImages(path, options.at("sha256").get<std::string>(), context.spec), {}};
}

Split MakeCleanSubset(const Json& options, const TransferSetContext& context) {
  DFKD_CHECK(context.train != nullptr);
  const Split& train = *context.train;
  const int64_t size = train.images.size(0);
  const int64_t count = CountOf(options.at("share").get<double>(), size);
  auto order = context.rng.Fork("subset").Permutation(size);
  order.resize(count);
  const auto rows = at::tensor(order, at::kLong);
  return {train.images.to(at::kCPU).index_select(0, rows),
          train.labels.to(at::kCPU).index_select(0, rows)};
}

using Maker = Split (*)(const Json& options, const TransferSetContext& context);
const std::map<std::string, Maker>& Makers() {
  static const std::map<std::string, Maker> makers = {{"bank", MakeBankSet},
                                                      {"patches", MakePatchSet},
                                                      {"imported", MakeImportedSet},
                                                      {"clean_subset", MakeCleanSubset}};
  return makers;
}

}  // namespace

Split MakeTransferSet(const Json& recipe, TransferSetContext& context) {
  const auto name = recipe.at("recipe").get<std::string>();
  const auto found = Makers().find(name);
  if (found != Makers().end()) return found->second(recipe.at("options"), context);
  std::vector<std::string> known;
  for (const auto& maker : Makers()) known.push_back(maker.first);
  throw MakeError("transfer set recipe = '{}' is not known; known: {}", name,
                  fmt::join(known, ", "));
}

}  // namespace dfkd
