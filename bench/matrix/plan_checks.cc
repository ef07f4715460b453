#include "bench/matrix/plan_checks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "bench/core/registry.h"

namespace dfkd {
namespace {

// As the images here or their plugin say; null if neither does.
Json SpecOf(const ResolvedEntry& dataset, const DataFacts& data) {
  const auto& card = Registry::Get().Card(PluginKind::kDataset, dataset.plugin);
  return data.spec.is_object() ? data.spec : card.image_spec(dataset.options);
}

// The shorter one of images, if that is known.
std::optional<int64_t> SideOf(const Json& spec) {
  if (!spec.is_object()) return std::nullopt;
  const Json height = spec.value("height", Json()), width = spec.value("width", Json());
  if (!height.is_number_integer() || !width.is_number_integer()) return std::nullopt;
  return std::min(height.get<int64_t>(), width.get<int64_t>());
}

// Of the data set's images; null if only they tell, and they are not here.
Json ClassesOf(const ResolvedEntry& dataset, const DataFacts& data) {
  const Json spec = SpecOf(dataset, data);
  const Json classes = spec.is_object() ? spec.value("classes", Json()) : Json();
  if (classes.is_number_integer() || data.class_images.empty()) return classes;
  return std::ssize(data.class_images);
}

// Null if the attack has no such option, or it is without influence.
Json ActingOption(const ResolvedEntry& attack, const std::string& option) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const auto idle = card.idle_options(attack.options);
  if (std::find(idle.begin(), idle.end(), option) != idle.end()) return nullptr;
  return attack.options.value(option, Json());
}

// Where the file says so, if it does there.
std::string PathOf(const ResolvedEntry& attack, const std::string& option) {
  const bool own = attack.origins.value(option, "default") == "entry";
  return attack.path + (own ? "/options/" + option : "");
}

void RequireBatch(const Matrix& matrix, const std::string& dataset, int64_t images) {
  if (!matrix.teacher_recipe.is_object()) return;  // the teacher is a file
  const auto batch = matrix.teacher_recipe.at("batch_size").get<int64_t>();
  if (batch <= images) return;
  throw MatrixError(matrix.name,
                    {"/teacher/batch_size",
                     fmt::format("batch_size = {}: data set {} has {} training images; at most {}",
                                 batch, dataset, images, images)});
}

// Half of the images are triggered, as many others stay clean.
void RequireReactivation(const Matrix& matrix, const Block& block, const std::string& dataset,
                         int64_t images) {
  if (block.reactivation.is_null()) return;
  const auto& counts = block.reactivation.at("images");
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto count = counts[i].get<int64_t>();
    if (count <= images / 2) continue;
    throw MatrixError(matrix.name,
                      {fmt::format("{}/reactivation/images/{}", block.path, i),
                       fmt::format("images = {}: as many others stay clean, and data set {} has {} "
                                   "training images; at most {}",
                                   count, dataset, images, images / 2)});
  }
}

constexpr int64_t kMillion = 1'000'000;

// As attacks count a share of images: as it is written, in millionths, rounded down.
int64_t CountOfShare(double share, int64_t images) {
  return images * std::llround(share * kMillion) / kMillion;
}

// What an attack may choose from.
struct Choosable {
  int64_t images;
  std::string whose;  // "of class 1"
};

// How many images of the classes that it changes the labels of; at most `all`. Of what is held out
// nobody knows the classes yet.
Choosable OfItsClasses(const ResolvedEntry& attack, const std::vector<int64_t>& by_class,
                       int64_t all) {
  const auto count_of = [&](int64_t label) {
    return label < std::ssize(by_class) ? by_class[label] : 0;
  };
  const Json source = ActingOption(attack, "source"), target = ActingOption(attack, "target");
  if (by_class.empty() || !target.is_number_integer()) return {all, "in all"};
  if (source.is_number_integer()) {
    const auto label = source.get<int64_t>();
    return {std::min(all, count_of(label)), fmt::format("of class {}, its source", label)};
  }
  const auto label = target.get<int64_t>();
  const auto others = std::accumulate(by_class.begin(), by_class.end(), -count_of(label));
  return {std::min(all, others), fmt::format("of other classes than its target {}", label)};
}

// The same among the candidates, if the attack asks for those only.
Choosable ToPoison(const ResolvedEntry& attack, const DataFacts& data) {
  const auto all = *data.training_images;
  auto choosable = OfItsClasses(attack, data.class_images, all);
  const Json share = ActingOption(attack, "candidates");
  if (!share.is_number()) return choosable;
  const auto candidates = all - CountOfShare(1 - share.get<double>(), all);
  if (candidates < choosable.images) return {candidates, "among its candidates"};
  return choosable;
}

// Id -> what it is, in whatever order they are asked.
std::map<std::string, Json> DetectorsOf(const Block& block) {
  std::map<std::string, Json> detectors;
  for (const auto& detector : block.detectors) detectors[detector.id] = detector.key;
  return detectors;
}

// Of the distillation on the cell's way; 0 if there is none.
int64_t RoundsOf(const Plan& plan, const PlannedCell& cell) {
  for (const auto id : cell.path) {
    if (id == kNoStage) continue;
    const auto& stage = plan.At(id).stage;
    if (stage.kind == "distill") return stage.description().at("rounds").get<int64_t>();
  }
  return 0;
}

// Option -> how many last rounds it asks for, of those options that have an influence.
std::map<std::string, int64_t> LastRoundsOf(const ResolvedEntry& part,
                                            const ResolvedEntry& distiller, int64_t rounds) {
  const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
  auto traits =
      Registry::Get().Card(PluginKind::kDistiller, distiller.plugin).traits(distiller.options);
  traits.rounds = rounds;
  const auto idle = card.idle_before(part.options, traits, rounds);
  std::map<std::string, int64_t> asked;
  for (const std::string option : {"last_rounds", "late_rounds"}) {
    const Json value = part.options.value(option, Json());
    const bool acts = std::find(idle.begin(), idle.end(), option) == idle.end();
    if (acts && value.is_number_integer()) asked[option] = value.get<int64_t>();
  }
  return asked;
}

}  // namespace

std::string WrongTrack(const ResolvedEntry& distiller, const DistillerTraits& traits) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  const Json recipe = card.transfer_set(distiller.options);
  if (recipe.is_null()) return "";
  if (recipe.value("needs_train", false) && traits.track != Track::kCleanSubset)
    return "it distils on training images: its traits must say .track = Track::kCleanSubset";
  const bool makes = traits.trains_generator || traits.synthesizes || traits.samples;
  const bool told = card.control || distiller.options.contains("track");
  if (traits.track != Track::kSynthesized || makes || told) return "";
  return "it distils on given images and synthesizes none: its traits must say .track = "
         "Track::kOutOfDistribution, or what it synthesizes";
}

std::string WhyUnfit(const ResolvedEntry& dataset, const ResolvedEntry& distiller,
                     const NetworkPair& networks, const DataFacts& data) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  const auto why =
      card.why_unfit(distiller.options, networks.teacher, networks.student, SpecOf(dataset, data));
  return why.empty() ? "" : fmt::format("{}: {}", distiller.id, why);
}

std::string WhyUnfit(const ResolvedEntry& dataset, const std::vector<ResolvedEntry>& parts,
                     const NetworkPair& networks, const DataFacts& data) {
  const Json spec = SpecOf(dataset, data);
  for (const auto& part : parts) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    const auto why = card.why_unfit(part.options, networks.teacher, networks.student, spec);
    if (!why.empty()) return fmt::format("{}: {}", part.id, why);
  }
  return "";
}

void RequireTargetClass(const Matrix& matrix, const ResolvedEntry& dataset,
                        const ResolvedEntry& attack, const DataFacts& data) {
  const Json classes = ClassesOf(dataset, data), target = ActingOption(attack, "target");
  if (!classes.is_number_integer() || !target.is_number_integer()) return;
  const auto count = classes.get<int64_t>();
  if (target.get<int64_t>() < count) return;
  throw MatrixError(matrix.name,
                    {PathOf(attack, "target"),
                     fmt::format("attack {}: target = {}; data set {} has {} classes: at most {}",
                                 attack.id, target.dump(), dataset.id, count, count - 1)});
}

void RequireCleanImages(const Matrix& matrix, const ResolvedEntry& attack) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const Json rate = ActingOption(attack, "poison_rate");
  const Json decoys = ActingOption(attack, "decoy_ratio");
  if (!rate.is_number() || card.clean_label(attack.options)) return;
  const double below = 1 / (1 + (decoys.is_number() ? decoys.get<double>() : 0));
  if (rate.get<double>() < below) return;
  throw MatrixError(
      matrix.name,
      {PathOf(attack, "poison_rate"),
       fmt::format("attack {}: poison_rate = {}{} leaves no training image clean; give less than "
                   "{:.6g}",
                   attack.id, rate.dump(),
                   decoys.is_number() ? ", with decoy_ratio = " + decoys.dump() : "", below)});
}

void RequireImagesToPoison(const Matrix& matrix, const ResolvedEntry& attack,
                           const std::string& dataset, const DataFacts& data) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const Json rate = ActingOption(attack, "poison_rate");
  const bool chooses = rate.is_number() && ActingOption(attack, "selection").is_string();
  const bool poisons = matrix.teacher_recipe.is_object() && !card.clean_label(attack.options);
  if (!chooses || !poisons || !data.training_images) return;
  const auto all = *data.training_images, asked = CountOfShare(rate.get<double>(), all);
  const auto [most, whose] = ToPoison(attack, data);
  if (asked <= most) return;
  throw MatrixError(
      matrix.name,
      {PathOf(attack, "poison_rate"),
       fmt::format("attack {}: poison_rate = {} asks for {} of the {} training images of data set "
                   "{}, which has {} {}; give at most {}",
                   attack.id, rate.dump(), asked, all, dataset, most, whose,
                   static_cast<double>(most * kMillion / all) / kMillion)});
}

void RequireNoShortage(const Matrix& matrix, const ResolvedEntry& dataset,
                       const ResolvedEntry& attack, const DataFacts& data) {
  TrainingSet train{.side = SideOf(SpecOf(dataset, data))};
  // With a teacher from a file nothing is poisoned.
  if (matrix.teacher_recipe.is_object() && data.training_images)
    train.count = *data.training_images, train.of_class = data.class_images;
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const auto shortage = card.shortage(attack.options, train);
  if (!shortage) return;
  throw MatrixError(matrix.name, {PathOf(attack, shortage->option),
                                  fmt::format("attack {}, on data set {}: {}", attack.id,
                                              dataset.id, shortage->why)});
}

void RequireEnoughImages(const Matrix& matrix, const Block& block, const std::string& dataset,
                         const DataFacts& data) {
  if (!data.training_images) return;
  RequireBatch(matrix, dataset, *data.training_images);
  RequireReactivation(matrix, block, dataset, *data.training_images);
}

std::vector<std::string> LongerThanRuns(const Plan& plan) {
  std::set<std::string> lines;
  std::set<const CellEntries*> seen;  // seeds share them
  for (const auto& cell : plan.cells) {
    if (seen.contains(cell.entries.get())) continue;
    const auto rounds = RoundsOf(plan, cell);
    if (rounds == 0) continue;
    seen.insert(cell.entries.get());
    const auto& distiller = cell.entries->at("distiller");
    for (const auto& part : cell.entries->at("defense").parts) {
      for (const auto& [option, asked] : LastRoundsOf(part, distiller, rounds)) {
        if (asked <= rounds) continue;
        lines.insert(fmt::format("{}: {} = {} is more than the {} rounds of {}: all of them",
                                 part.plugin, option, asked, rounds, distiller.id));
      }
    }
  }
  return {lines.begin(), lines.end()};
}

void RequireSameQuestions(const Matrix& matrix, const Block& first, const Block& second,
                          const std::string& cell) {
  const bool detectors = DetectorsOf(first) == DetectorsOf(second);
  if (detectors && first.reactivation == second.reactivation) return;
  throw MatrixError(
      matrix.name,
      {second.path, fmt::format("cell {} is one of {}, too, which asks for other {}; a cell is run "
                                "once, so let both blocks ask for the same",
                                cell, first.path, detectors ? "reactivation" : "detectors")});
}

}  // namespace dfkd
