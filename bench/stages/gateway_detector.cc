#include "bench/stages/gateway_detector.h"

#include <cmath>

#include "bench/stages/hook.h"
#include "bench/stages/hook_services.h"

namespace dfkd {
namespace {

// What the stage throws at it is kept: a detector that catches it must not go on to a verdict.
class KeptProgress final : public Progress {
 public:
  // Both must outlive this.
  KeptProgress(const std::string& who, Progress& stage) : stage_(who, stage) {}

  bool Wants(int64_t round) const override { return stage_.Wants(round); }
  void Scalar(const std::string& name, double value, int64_t round) override {
    thrown_.Keep([&] { stage_.Scalar(name, value, round); });
  }
  void Tick(int64_t done, int64_t total) override {
    thrown_.Keep([&] { stage_.Tick(done, total); });
  }
  Thrown& thrown() { return thrown_; }

 private:
  CheckedProgress stage_;
  Thrown thrown_;
};

void RequireVerdict(const Hook& hook, const Detection& found, int64_t classes) {
  if (!std::isfinite(found.statistic))
    hook.Fail(fmt::format("the statistic must be finite, not {}", found.statistic));
  if (found.target < 0 || found.target >= classes)
    hook.Fail(fmt::format("the target must lie in [0, {}), not at {}", classes, found.target));
  if (std::ssize(found.per_class) != classes) {
    hook.Fail(fmt::format("per_class must have a value for each of {} classes, not {}", classes,
                          found.per_class.size()));
  }
  for (size_t i = 0; i < found.per_class.size(); ++i) {
    if (std::isfinite(found.per_class[i])) continue;
    hook.Fail(fmt::format("per_class must be finite, not {} at {}", found.per_class[i], i));
  }
}

class CheckedDetector final : public Detector {
 public:
  CheckedDetector(const std::string& name, std::unique_ptr<Detector> plugin)
      : who_("detector " + name), plugin_(std::move(plugin)) {}

  Detection Look(DetectorContext& context) const override {
    const Hook hook(who_, "Look");
    KeptProgress progress(who_, context.progress);
    DetectorContext given{context.teacher, context.rng, progress};
    Lent lent(/*thorough=*/true);
    lent.Add("the teacher", ValuesOf(context.teacher));
    auto found = progress.thrown().Outlast(
        [&] { return hook.Call(lent, [&] { return plugin_->Look(given); }); });
    RequireVerdict(hook, found, context.teacher.spec().classes);
    return found;
  }

 private:
  const std::string who_;
  const std::unique_ptr<Detector> plugin_;
};

}  // namespace

std::unique_ptr<Detector> MakeCheckedDetector(const std::string& plugin, const Json& resolved) {
  // Looked up first: a name that is not registered is nobody's fault here.
  Registry::Get().Card(PluginKind::kDetector, plugin);
  const auto who = "detector " + plugin;
  const Lent lent;
  auto made = Hook(who, "its constructor").Call(lent, [&] {
    return Registry::Get().Make<Detector>(plugin, resolved);
  });
  return Checked(plugin, std::move(made));
}

std::unique_ptr<Detector> Checked(const std::string& name, std::unique_ptr<Detector> plugin) {
  return std::make_unique<CheckedDetector>(name, std::move(plugin));
}

Detection Detect(const Json& detector, const Classifier& teacher, const Rng& rng,
                 Progress& progress) {
  const auto name = detector.at("plugin").get<std::string>();
  const Json resolved = ResolveDetector(name, detector.at("options")).at("options");
  DetectorContext context{teacher, rng, progress};
  return MakeCheckedDetector(name, resolved)->Look(context);
}

}  // namespace dfkd
