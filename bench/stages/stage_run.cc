#include "bench/stages/stage_run.h"

#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/manifest.h"
#include "bench/store/stage_sources.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

constexpr std::chrono::seconds kCheckpointEvery{60};
constexpr const char* kSums = "sums.json";  // of the other files of a checkpoint

Json SumsOf(const std::filesystem::path& folder) {
  auto sums = store::ListFiles(folder);
  sums.erase(kSums);
  return sums;
}

bool IsWhole(const std::filesystem::path& folder) try {
  return ReadJson(folder / kSums) == SumsOf(folder);
} catch (const Error& e) {
  spdlog::warn("{}", e.what());
  return false;
}

// Those of the checkpoint, where it says; a person is told of each that has changed since.
void GoOnFrom(const Json& before, Json& sources) {
  for (const auto& [plugin, hash] : before.items()) {
    if (!sources.contains(plugin) || sources.at(plugin) == hash) continue;
    spdlog::warn("goes on from a checkpoint of other sources of {}", plugin);
    sources[plugin] = hash;
  }
}

// With the digest of the artifact itself: scores name it when it is gone.
Json CostsIn(const Json& manifest) {
  Json costs = manifest.at("facts").value("costs", Json::object());
  const auto ref =
      manifest.at("kind").get<std::string>() + "/" + manifest.at("key").get<std::string>();
  if (costs.contains(ref)) costs[ref]["digest"] = manifest.at("digest");
  return costs;
}

Json CostsOfInputs(const Store& store, const Json& description) {
  Json costs = Json::object();
  for (const auto& ref : InputsOf(description)) {
    const auto manifest = store.Manifest(ref);
    if (!manifest)
      throw MakeError(FailureClass::kIo, "{}: not in the store", store.FolderOf(ref).string());
    costs.update(CostsIn(*manifest));
  }
  return costs;
}

Json SourcesOfThisCode(const Json& description, const StageRequest& request) {
  return SourcesOf(description, request.facts.value(kSources, Json::object()));
}

}  // namespace

StageRun::StageRun(const StageRequest& request, Store& store, const WorkFolder& work,
                   DataCache& data, std::function<void(const StageProgress&)> report,
                   std::function<bool()> stop)
    : request_(request),
      description_(request.stage.description()),
      store_(store),
      work_(work),
      data_(data),
      report_(std::move(report)),
      stop_(std::move(stop)),
      out_(work.NewStaging()),
      device_(DeviceFrom(request.device)),
      profile_(ProfileFrom(description_.value("profile", "fp32"))),
      costs_of_inputs_(CostsOfInputs(store, description_)),
      sources_(SourcesOfThisCode(description_, request)) {}

Rng StageRun::rng() const {
  return Rng(static_cast<uint64_t>(description().at("seed").get<int64_t>()))
      .Fork(request_.stage.kind);
}

bool StageRun::HasInput(const std::string& role) const {
  return description().at("inputs").contains(role) &&
         !description().at("inputs").at(role).is_null();
}

Artifact StageRun::Input(const std::string& role) const {
  return store_.Open(description().at("inputs").at(role).get<std::string>());
}

std::shared_ptr<const LoadedData> StageRun::Data() const {
  Json dataset = description().at("dataset");
  dataset["options"] = WithPaths(dataset["options"], store_.root());
  return data_.Load(dataset, request_.data);
}

bool StageRun::MustStop() const {
  loads_checkpoint_ = false;
  const double seconds = before_.wall_seconds + meter_.WallSeconds();
  over_limit_ = request_.limit_seconds > 0 && seconds > request_.limit_seconds;
  return over_limit_ || stop_();
}

bool StageRun::CheckpointIsDue() { return Clock::now() - checkpointed_ >= kCheckpointEvery; }

void StageRun::WriteCheckpoint(
    const std::function<void(const std::filesystem::path& folder)>& write) {
  const auto all = spent();
  const Json progress = {{"seconds", all.wall_seconds},     {"cpu_seconds", all.cpu_seconds},
                         {"peak_bytes", all.peak_bytes},    {"started_from", started_from_},
                         {"costs_before", costs_of_start_}, {kSources, sources_}};
  work_.WriteCheckpoint(kCheckpoint, [&](const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    WriteFileAtomically(folder / kCheckpointProgress, progress.dump());
    write(folder);
    WriteFileAtomically(folder / kSums, SumsOf(folder).dump());
  });
  checkpointed_ = Clock::now();
}

std::optional<std::filesystem::path> StageRun::Checkpoint() {
  const auto folder = work_.Checkpoint(kCheckpoint);
  if (!folder) return std::nullopt;
  if (!IsWhole(*folder)) {
    Drop(*folder, "a damaged checkpoint is dropped");
    return std::nullopt;
  }
  loads_checkpoint_ = true;
  const auto progress = ReadJson(*folder / kCheckpointProgress);
  const auto costs = CostsOfStart(progress);
  if (!costs) {
    Drop(*folder, "dropped, as nobody knows any more what the state cost that it started from");
    loads_checkpoint_ = false;
    return std::nullopt;
  }
  costs_of_start_ = *costs;
  // Checkpoints of older programs know the clock alone.
  before_ = {progress.at("seconds"), progress.value("cpu_seconds", 0.0),
             progress.value("peak_bytes", int64_t{0})};
  started_from_ = progress.at("started_from");
  GoOnFrom(SourcesOfCheckpoint(*folder), sources_);
  return folder;
}

void StageRun::Drop(const std::filesystem::path& checkpoint, const char* why) const {
  spdlog::warn("{}: {}", checkpoint.string(), why);
  work_.DropCheckpoint(kCheckpoint);
}

// Checkpoints of older programs name the state alone.
std::optional<Json> StageRun::CostsOfStart(const Json& progress) const {
  if (auto costs = progress.value("costs_before", Json()); costs.is_object()) return costs;
  const std::string start = progress.at("started_from");
  if (start.empty()) return Json::object();
  const auto manifest = store_.Manifest(start);
  if (!manifest) return std::nullopt;
  return CostsIn(*manifest);
}

Json StageRun::CostsBefore() const {
  Json costs = costs_of_inputs_;
  costs.update(costs_of_start_);
  return costs;
}

void StageRun::ContinuesFrom(const Artifact& state) {
  started_from_ = state.ref;
  costs_of_start_ = CostsIn(state.manifest);
  before_ = {};
  sources_ = SourcesOfThisCode(description_, request_);
}

}  // namespace dfkd
