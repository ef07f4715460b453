#include "bench/scores/picture_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/io/png.h"
#include "bench/io/schema.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/media_file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPicturesSchema = "result_pictures.v1";
constexpr const char* kMediaFolder = "media";
constexpr size_t kMostFiles = 4096;
constexpr size_t kMostBytesOfSetFile = 4096;
constexpr size_t kDigitsOfPicture = 16;
constexpr size_t kLongestNameOfSet = 150;

// The file of results that holds those of a donor.
std::string LinesOf(const PictureSet& set) {
  return ResultsPath("", set.matrix, set.cell.defense).filename().string();
}

Cell CellFrom(const Json& json) {
  return {json.at("dataset"),         json.at("attack"),      json.at("teacher_network"),
          json.at("student_network"), json.at("distiller"),   json.at("defense"),
          json.at("teacher_seed"),    json.at("student_seed")};
}

Json JsonOf(const Cell& cell) {
  return {{"dataset", cell.dataset},
          {"attack", cell.attack},
          {"teacher_network", cell.teacher_network},
          {"student_network", cell.student_network},
          {"distiller", cell.distiller},
          {"defense", cell.defense},
          {"teacher_seed", cell.teacher_seed},
          {"student_seed", cell.student_seed}};
}

// The size that the header says, without unpacking: few bytes may unpack to many.
int64_t SideAt(const std::string& png, size_t at) {
  int64_t side = 0;
  for (size_t i = at; i < at + 4; ++i) side = side * 256 + static_cast<unsigned char>(png.at(i));
  return side;
}

// All that lies in the media of a folder of results.
class Shelf {
 public:
  explicit Shelf(fs::path folder) : folder_(std::move(folder)) {
    try {
      List();
    } catch (const std::exception& e) {
      problems_.push_back({media(), "", e.what()});
    }
  }

  const std::vector<PictureSet>& sets() const { return sets_; }
  // Of the folder, of what is no set, and of files that no set names.
  const std::vector<Problem>& problems() const { return problems_; }

  // Of the pictures of a set.
  std::vector<Problem> ProblemsOf(const PictureSet& set) const {
    std::vector<Problem> problems;
    size_t bytes = 0;
    for (const auto& [kind, name] : set.pictures) {
      if (auto why = WhyWrong(name, bytes); !why.empty())
        problems.push_back({set.file, "/pictures/" + kind, std::move(why)});
    }
    if (bytes > kMostBytesOfPictures) {
      problems.push_back(
          {set.file, "/pictures",
           fmt::format("{} bytes in all; at most {} are allowed", bytes, kMostBytesOfPictures)});
    }
    return problems;
  }

 private:
  fs::path media() const { return folder_ / kMediaFolder; }

  // Adds the bytes to `all`.
  std::string WhyWrong(const std::string& name, size_t& all) const {
    try {
      const auto path = fs::path(kMediaFolder) / name;
      if (auto why = WhyNoMedia(folder_, path.string()); !why.empty()) return why;
      const auto bytes = ReadBytes(folder_ / path, kMostBytesOfPicture);
      all += bytes.size();
      if (NameOfPicture(bytes) != name) {
        return fmt::format("{} has another content than its name says, {}", name,
                           NameOfPicture(bytes));
      }
      const auto why = WhyNoPicture(bytes);
      return why.empty() ? "" : name + ": " + why;
    } catch (const std::exception& e) {
      return e.what();
    }
  }

  void List() {
    const auto status = fs::symlink_status(media());
    if (!fs::exists(status)) return;
    if (!fs::is_directory(status)) throw MakeError("must be a folder, and no link");
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(media())) {
      if (files.size() == kMostFiles)
        throw MakeError("more than {} files; none of them is read", kMostFiles);
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      if (file.extension() == ".json") Read(file);
    }
    TellOthers(files);
  }

  void Read(const fs::path& file) {
    try {
      auto problem = WhyNoMedia(folder_, (fs::path(kMediaFolder) / file.filename()).string());
      if (!problem.empty()) return Tell(file, "", std::move(problem));
      const auto text = ReadBytes(file, kMostBytesOfSetFile);
      const Json json = ParseJson(text, file.string());
      const auto wrong = CheckSchema(json, kPicturesSchema);
      if (!wrong.empty()) return Tell(file, wrong.front().path, wrong.front().reason);
      if (Canonical(json) + "\n" != text)
        return Tell(file, "", "is not canonical JSON (sorted, no blanks, a line feed at the end)");
      Add({json.at("matrix"), CellFrom(json.at("cell")), json.at("plan"),
           json.at("pictures").get<std::map<std::string, std::string>>(), file});
    } catch (const std::exception& e) {
      Tell(file, "", e.what());
    }
  }

  void Add(PictureSet set) {
    const auto place = PictureFolder("", set.matrix) / NameOfSet(SubjectOf(set.cell));
    if (set.file.filename() != place.filename() ||
        folder_.filename() != place.parent_path().parent_path())
      return Tell(set.file, "/cell", fmt::format("belongs into {}", place.string()));
    sets_.push_back(std::move(set));
  }

  // Beside a set that is wrong nobody knows which pictures it would have named.
  void TellOthers(const std::vector<fs::path>& files) {
    const bool all_read = problems_.empty();
    std::set<std::string> named;
    for (const auto& set : sets_) {
      for (const auto& [kind, name] : set.pictures) named.insert(name);
    }
    for (const auto& file : files) {
      if (file.extension() == ".json") continue;
      if (file.extension() != ".png") {
        Tell(file, "", "is no set of pictures and no PNG");
      } else if (all_read && !named.contains(file.filename().string())) {
        Tell(file, "", "no set names this picture");
      }
    }
  }

  void Tell(const fs::path& file, const std::string& path, std::string reason) {
    problems_.push_back({file, path, std::move(reason)});
  }

  const fs::path folder_;
  std::vector<PictureSet> sets_;
  std::vector<Problem> problems_;
};

void AppendAll(std::vector<Problem>& problems, std::vector<Problem> more) {
  std::move(more.begin(), more.end(), std::back_inserter(problems));
}

// Of the files of results in a folder, by name.
std::set<std::string> LinesIn(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code endless;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder)) {
    if (entry.is_regular_file(endless) && entry.path().extension() == kResultsExtension)
      names.insert(entry.path().filename().string());
  }
  return names;
}

// Why no result stands for a set: path and reason; "" if one does.
std::pair<std::string, std::string> WhyUnfounded(const PictureSet& set,
                                                 const NewestResults& newest) {
  const auto donor = newest.find(set.cell);
  if (donor == newest.end())
    return {"/cell", fmt::format("no result stands for them: {} has none", CellId(set.cell))};
  if (donor->second->plan == set.plan) return {};
  return {"/plan", fmt::format("no result stands for them: the newest of {} is of other keys",
                               CellId(set.cell))};
}

std::vector<Problem> CheckBeside(const fs::path& file,
                                 const std::vector<CommittedResult>* results) {
  const Shelf shelf(file.parent_path());
  if (shelf.sets().empty() && shelf.problems().empty()) return {};
  const auto lines = LinesIn(file.parent_path());
  const bool first = !lines.empty() && *lines.begin() == file.filename().string();
  std::vector<Problem> problems;
  if (first) problems = shelf.problems();
  const auto newest = results ? NewestByCell(*results) : NewestResults();
  for (const auto& set : shelf.sets()) {
    const auto own = LinesOf(set);
    const bool orphan = first && !lines.contains(own);
    if (!orphan && own != file.filename()) continue;
    AppendAll(problems, shelf.ProblemsOf(set));
    if (!results && !orphan) continue;
    if (auto [path, reason] = WhyUnfounded(set, newest); !reason.empty())
      problems.push_back({set.file, path, std::move(reason)});
  }
  return problems;
}

}  // namespace

NewestResults NewestByCell(const std::vector<CommittedResult>& results) {
  NewestResults newest;
  for (const auto& result : results) {
    auto& known = newest[result.score.cell];
    if (!known || AddedAt(*known) < AddedAt(result)) known = &result;
  }
  return newest;
}

PictureSubject SubjectOf(const Cell& cell) { return {cell.dataset, cell.attack, cell.distiller}; }

const std::vector<std::string>& PictureKinds() {
  static const std::vector<std::string> kinds = [] {
    auto all = MediaKinds();
    std::erase_if(all, [](const auto& kind) { return kind == "curves" || kind == "log"; });
    return all;
  }();
  return kinds;
}

std::string WhyNoPicture(const std::string& bytes) {
  constexpr size_t kEndOfSize = 24;
  if (bytes.size() > kMostBytesOfPicture)
    return fmt::format("{} bytes; at most {} are allowed", bytes.size(), kMostBytesOfPicture);
  if (!bytes.starts_with("\x89PNG\r\n\x1a\n") || bytes.size() < kEndOfSize) return "not a PNG";
  const auto width = SideAt(bytes, kEndOfSize - 8), height = SideAt(bytes, kEndOfSize - 4);
  if (std::max(width, height) > kLargestSideOfPicture) {
    return fmt::format("{} x {} pixels; at most {} a side are allowed", width, height,
                       kLargestSideOfPicture);
  }
  try {
    ParsePng(bytes, "picture");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

std::string NameOfPicture(const std::string& bytes) {
  return Sha256Hex(bytes).substr(0, kDigitsOfPicture) + ".png";
}

std::string NameOfSet(const PictureSubject& subject) {
  const auto& [dataset, attack, distiller] = subject;
  auto name = fmt::format("{}-{}-{}", SafeName(dataset), SafeName(attack), SafeName(distiller));
  const bool plain = name == fmt::format("{}-{}-{}", dataset, attack, distiller) &&
                     name.size() <= kLongestNameOfSet && !name.starts_with('.') &&
                     std::count(name.begin(), name.end(), '-') == 2;
  if (!plain) {
    const auto hash = Sha256Hex(Canonical(Json{dataset, attack, distiller})).substr(0, 8);
    name = fmt::format("_{}-{}", name.substr(0, kLongestNameOfSet), hash);
  }
  return name + ".json";
}

fs::path PictureFolder(const fs::path& folder, const std::string& matrix) {
  return folder / FolderName(matrix) / kMediaFolder;
}

std::string PictureSetText(const PictureSet& set) {
  return Canonical({{"schema", kPicturesSchema},
                    {"matrix", set.matrix},
                    {"cell", JsonOf(set.cell)},
                    {"plan", set.plan},
                    {"pictures", set.pictures}}) +
         "\n";
}

ReadPictureSets ReadPictures(const fs::path& folder) {
  const Shelf shelf(folder);
  ReadPictureSets read{{}, shelf.problems()};
  for (const auto& set : shelf.sets()) {
    auto problems = shelf.ProblemsOf(set);
    if (problems.empty()) read.sets.push_back(set);
    AppendAll(read.problems, std::move(problems));
  }
  return read;
}

std::vector<Problem> CheckPictures(const fs::path& file,
                                   const std::vector<CommittedResult>* results) {
  try {
    return CheckBeside(file, results);
  } catch (const std::exception& e) {
    return {{file.parent_path() / kMediaFolder, "", e.what()}};
  }
}

}  // namespace dfkd
