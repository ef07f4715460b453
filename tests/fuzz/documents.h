// The JSON documents and lines of text that strangers and other processes hand over, as functions
// of bytes with seeds: like parsers.h, above bench/io.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/io/schema.h"
#include "bench/matrix/selection.h"
#include "bench/scores/results.h"
#include "bench/scores/results_file.h"
#include "bench/scores/tuning.h"
#include "bench/scores/validate.h"
#include "bench/store/adopt.h"
#include "bench/store/failures.h"
#include "bench/store/fingerprint_cache.h"
#include "bench/store/history.h"
#include "bench/store/lease_record.h"
#include "bench/store/manifest.h"
#include "leaderboard/standings/reference.h"
#include "tests/fuzz/parsers.h"
#include "tests/fuzz/pictures.h"
#include "tests/fuzz/scratch.h"
#if DFKD_WITH_FETCH
#include <sys/stat.h>

#include "bench/store/remote.h"
#endif

namespace dfkd::fuzz {

// As ReadValidScore reads a file, but that here nothing a library throws is caught.
inline void ReadScoreDocument(std::string_view bytes) {
  const Json document = ParseJson(bytes, "fuzz");
  if (!CheckSchema(document, "scores.v1").empty()) return;
  const Score score = ScoreFrom(document, "fuzz");
  (void)CheckScore(score, "folder/fuzz.json");
  (void)CheckScoresAgree({score, score});
  if (ToJson(ScoreFrom(ToJson(score), "again")) != ToJson(score)) {
    throw std::logic_error("another score after a round trip");
  }
}

// A matrix that nothing is wrong with keeps its meaning when it is read from its own source.
inline void ReadMatrixDocument(std::string_view bytes) {
  const Json document = ParseJson(bytes, "fuzz");
  const auto parsed = ReadMatrix(document, Plugins::kAnyones);
  if (!parsed.problems.empty()) return;
  if (!CheckSchema(document, "matrix.v1").empty()) throw std::logic_error("the schema disagrees");
  (void)Select(parsed.matrix, {});
}

inline void ReadReferenceDocument(std::string_view bytes) {
  const Json document = ParseJson(bytes, "fuzz");
  if (!CheckSchema(document, "reference.v1").empty()) return;
  (void)CheckReference(document, "fuzz.json");
  (void)ReferenceFrom(document, "fuzz");
}

// What one line of the command line says.
inline void ReadSelection(std::string_view bytes) {
  const std::string text(bytes);
  Json settings = Json::object();
  try {
    AddSetting(text, settings);
  } catch (const Error&) {
  }
  (void)ParseSeeds(text);
}

inline void ReadRefText(std::string_view bytes) {
  const Ref ref = ParseRef(std::string(bytes));
  if (ref.kind + "/" + ref.key != bytes) throw std::logic_error("another ref");
}

inline void ReadLeaseText(std::string_view bytes) {
  const auto record = store::LeaseRecordFrom(bytes);
  if (!record) return;
  if (store::LeaseRecordFrom(store::ToText(*record)) != record) {
    throw std::logic_error("another lease after a round trip");
  }
  (void)store::ProcessIsGone(*record);
}

inline void ReadHistoryText(std::string_view bytes) {
  WriteScratch("history.jsonl", bytes);
  const History history = ReadHistoryFile(Scratch() / "history.jsonl");
  for (const auto& line : history.lines()) {
    if (!history.WasPublished(line.kind + "/" + line.key)) throw std::logic_error("a lost line");
    (void)history.ExpectedSeconds(line.label);
  }
}

inline void ReadManifestText(std::string_view bytes) {
  WriteScratch(store::kManifestFile, bytes);
  WriteScratch(store::kKeyFile, "{}");
  (void)store::FindDamage(Scratch(), Sha256Hex("{}"));
}

// With a seal that fits: what a torn or edited file never has, and a stranger's store may.
inline void ReadSealedManifest(std::string_view bytes) {
  Json manifest = ParseJson(bytes, "fuzz");
  if (!manifest.is_object()) return;
  manifest.erase("seal");
  manifest["seal"] = Sha256Hex(Canonical(manifest));
  ReadManifestText(Canonical(manifest));
}

// What a remote or an archive says of an artifact, with seal and digest that fit: what is accepted,
// those who read manifests can read.
inline void ReadForeignManifestText(std::string_view bytes) {
  Json manifest = ParseJson(bytes, "fuzz");
  if (!manifest.is_object()) return;
  const Ref ref{"teacher", std::string(64, '0')};
  if (manifest.contains("files")) manifest["digest"] = Sha256Hex(Canonical(manifest["files"]));
  manifest["seal"] = store::SealOf(manifest);
  const Json accepted = ReadForeignManifest(Canonical(manifest), "fuzz", ref);
  const Json& facts = accepted.at("facts");
  (void)accepted.at("numerics").value("threads", 1);
  (void)accepted.at("numerics").value("device", "");
  (void)facts.value("wall_seconds", 0.0);
  (void)facts.value("commit", "");
  const Json costs = facts.value("costs", Json::object());
  for (const auto& [of, cost] : costs.items()) {
    (void)ParseRef(of);
    (void)(cost.at("wall_seconds").get<double>() + cost.at("cpu_seconds").get<double>());
    (void)cost.at("peak_bytes").get<int64_t>();
    (void)cost.at("label").get<std::string>();
  }
  for (const auto& [name, file] : accepted.at("files").items()) {
    const std::filesystem::path path("folder/" + name);
    if (path.lexically_normal() != path) throw std::logic_error("a name that leads elsewhere");
  }
}

inline void ReadForeignDescription(std::string_view bytes) {
  const Ref ref{"teacher", Sha256Hex(bytes)};
  CheckForeignDescription(bytes, "fuzz", ref);
  if (Canonical(ParseJson(bytes, "fuzz")) != bytes) throw std::logic_error("not canonical");
}

// Of what is valid the text is read as the same.
inline void ReadResultsText(std::string_view bytes) {
  const auto place = ResultsPath("", "toy", "abd");
  WriteScratch(place, bytes);
  const auto read = ReadResultLines(Scratch() / place);
  const auto text = ToText(read.results);
  WriteScratch(place, text);
  const auto again = ReadResultLines(Scratch() / place);
  if (!again.problems.empty() || ToText(again.results) != text) {
    throw std::logic_error("other results after a round trip");
  }
}

inline void ReadTuneDocument(std::string_view bytes) {
  (void)ReadTuneFile(ParseJson(bytes, "fuzz"), "fuzz");
}

// What a stage left behind when it failed, on whatever host shares the store.
inline void ReadFailureText(std::string_view bytes) {
  const Quiet quiet;
  const std::string key(64, '0');
  WriteScratch(std::filesystem::path("failures") / key / "1.json", bytes);
  const auto failures = Failures(Scratch()).ReadAll(key);
  const Place elsewhere{"elsewhere", "another kind"};
  (void)MayTry(failures, 0, &elsewhere);
  (void)MayTrySomewhere(failures, {elsewhere});
  if (failures.empty()) throw MakeError("fuzz: no failure");
}

inline std::string FailureSeed() {
  return Json{{"class", "memory"},
              {"message", "out of memory"},
              {"log_tail", "a\nb"},
              {"machine", "a CPU"},
              {"attempt", 1},
              {"host", "a"},
              {"created", "2024-05-31T12:00:00Z"}}
      .dump(1);
}

// The only line of a cache, with a seal that fits its numbers: what is found is what was kept.
inline void ReadFingerprints(std::string_view bytes) {
  const auto folder = EmptyScratch("fingerprints");
  WriteScratch("fingerprints/fingerprints.json", bytes);
  const FingerprintCache cache(folder);
  const auto found = cache.Find(Json::object());
  if (!found) throw MakeError("fuzz: not found");
  cache.Remember(Json::object(), *found);
  if (cache.Find(Json::object()) != found) throw std::logic_error("other data after a round trip");
}

inline std::string FingerprintsSeed() {
  FingerprintCache(EmptyScratch("fingerprints"))
      .Remember(Json::object(), {std::string(64, '0'), 3, {1, 2}});
  return ReadBytes(Scratch() / "fingerprints/fingerprints.json");
}

// What a stage measured: of an artifact that was fetched, a stranger's word.
inline void ReadEvaluationText(std::string_view bytes) {
  (void)CountsFrom(ParseJson(bytes, "fuzz"));
}

#if DFKD_WITH_FETCH

// The address of a remote, and the file of its token: both are a person's, and end up in requests.
inline void ReadRemoteText(std::string_view bytes) {
  WriteScratch("token", bytes);
  ::chmod((Scratch() / "token").c_str(), 0600);
  try {
    const auto token = ReadToken(Scratch() / "token");
    if (token.find_first_of("\r\n ") != token.npos) throw std::logic_error("no single word");
  } catch (const Error&) {
  }
  const Remote remote{std::string(bytes)};
  const auto host = remote.url().substr(remote.url().find("://") + 3);
  const bool known = remote.url().starts_with("http") && !remote.url().ends_with('/');
  if (!known || host.substr(0, host.find('/')).find('@') != host.npos)
    throw std::logic_error("an address that is none");
}

#else

inline void ReadRemoteText(std::string_view) {}

#endif

inline std::string ManifestSeed() {
  const Publication publication{.ref = "teacher/" + std::string(64, '0'),
                                .numerics = {{"device", "cpu"}},
                                .facts = {{"wall_seconds", 1.5}}};
  const Json files = {{"model.safetensors", {{"bytes", 3}, {"sha256", Sha256Hex("abc")}}}};
  return Canonical(store::MakeManifest(ParseRef(publication.ref), files, publication));
}

inline std::string ForeignManifestSeed() {
  const Json cost = {
      {"wall_seconds", 1.5}, {"cpu_seconds", 1.5}, {"peak_bytes", 100}, {"label", "teacher"}};
  Json manifest = Json::parse(ManifestSeed());
  manifest["numerics"]["threads"] = 1;
  manifest["facts"]["costs"] = {{"teacher/" + std::string(64, '0'), cost}};
  manifest["facts"]["sources"] = {{"attack blend", "0f"}};
  return Canonical(manifest);
}

inline std::string HistorySeed() {
  return Canonical({{"kind", "teacher"},
                    {"key", "0f"},
                    {"label", "teacher"},
                    {"host", "a"},
                    {"created", "2024-05-31T12:00:00Z"},
                    {"seconds", 1.5}}) +
         "\n{}\n";
}

inline std::string ResultsSeed(const std::string& file) {
  CommittedResult result{ScoreFrom(ParseJson(SourceFile(file), file), file), std::string(64, '0'),
                         "", Verified::kValid, ""};
  result.score.media.clear();
  return ToText({result});
}

// Short enough for -max_len.
inline std::string TuneSeed() {
  Json tune = Json::parse(SourceFile("bench/tunings/fashion.json"));
  Json& defenses = tune.at("defenses");
  defenses.erase(defenses.begin() + 2, defenses.end());
  return tune.dump(1);
}

inline std::vector<Parser> Documents() {
  const std::string toy = "tests/scores/fixtures/valid/toy/";
  const std::string score = "toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";
  return {
      {"score", ReadScoreDocument, {SourceFile(toy + score)}, Grammar::kJson},
      {"results", ReadResultsText, {ResultsSeed(toy + score)}},
      {"pictures", ReadPictureSetText, PictureSetSeeds(), Grammar::kJson},
      {"picture", ReadPictureBytes, PictureSeeds()},
      {"tune", ReadTuneDocument, {TuneSeed()}, Grammar::kJson},
      {"matrix",
       ReadMatrixDocument,
       {SourceFile(toy + "matrix.json"), SourceFile("bench/matrices/quick.json"),
        SourceFile("bench/matrices/abd_methods.json")},
       Grammar::kJson},
      {"reference",
       ReadReferenceDocument,
       {SourceFile("leaderboard/reference/abd_2023.json")},
       Grammar::kJson},
      {"manifest", ReadManifestText, {ManifestSeed()}, Grammar::kJson},
      {"sealed_manifest", ReadSealedManifest, {ManifestSeed()}, Grammar::kJson},
      {"foreign_manifest", ReadForeignManifestText, {ForeignManifestSeed()}, Grammar::kJson},
      {"foreign_description",
       ReadForeignDescription,
       {R"({"format":1,"inputs":{},"kind":"teacher"})"},
       Grammar::kJson},
      {"history", ReadHistoryText, {HistorySeed()}},
      {"failure", ReadFailureText, {FailureSeed()}, Grammar::kJson},
      {"fingerprints", ReadFingerprints, {FingerprintsSeed()}, Grammar::kJson},
      {"evaluation",
       ReadEvaluationText,
       {R"({"clean":[9,10],"target":null,"true_label":[0,4],"visibility":null})"},
       Grammar::kJson},
      {"remote", ReadRemoteText, {"https://a.example:8443/store/", "http://[::1]:80"}},
      {"lease", ReadLeaseText, {store::ToText(store::OwnRecord())}, Grammar::kJson},
      {"ref", ReadRefText, {"teacher/" + std::string(64, '0')}},
      {"selection", ReadSelection, {"0-2,5", "distiller.rounds=40", "zskt.temperature=[1,2]"}},
  };
}

}  // namespace dfkd::fuzz
