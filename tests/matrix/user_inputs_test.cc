// What a user names by a path stands in keys by its content.
#include "bench/store/user_inputs.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/matrix/user_inputs_of.h"
#include "tests/io/scratch_folder.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::user_inputs_test {

using testing::BlockOf;
using testing::Parse;
using testing::Refs;
using testing::ScratchFolder;
using testing::SmallMatrix;

Json WithPicture(const std::filesystem::path& picture) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {{{"id", "it"},
                               {"plugin", "blend"},
                               {"options", {{"picture", "file"}, {"image", picture.string()}}}}};
  BlockOf(json)["distillers"] = {
      {{"id", "ood"}, {"plugin", "ood_kd"}, {"options", {{"picture", picture.string()}}}}};
  BlockOf(json)["defenses"] = {"none"};
  return json;
}

std::set<std::string> RefsOf(const Json& json, const DataFacts& facts = {std::string(64, 'a')}) {
  auto matrix = Parse(json);
  FillChecksums(matrix);
  std::map<std::string, DataFacts> data;
  for (const auto& dataset : matrix.blocks.at(0).datasets) data[dataset.id] = facts;
  return Refs(MakePlan(matrix, {}, data));
}

BOOST_AUTO_TEST_CASE(a_picture_at_another_place_is_the_same_and_an_edited_one_is_not) {
  const ScratchFolder folder("pictures");
  WriteFileAtomically(folder.path() / "a.png", "content");
  WriteFileAtomically(folder.path() / "b.png", "content");
  const auto first = RefsOf(WithPicture(folder.path() / "a.png"));
  BOOST_TEST((RefsOf(WithPicture(folder.path() / "b.png")) == first));
  WriteFileAtomically(folder.path() / "a.png", "edited");
  const auto edited = RefsOf(WithPicture(folder.path() / "a.png"));
  for (const auto& ref : edited) {
    if (ref.starts_with("transfer_set/")) BOOST_TEST(!first.contains(ref));
  }
  BOOST_TEST((edited != first));
}

BOOST_AUTO_TEST_CASE(a_picture_that_a_setting_names_is_known_by_content_too) {
  const ScratchFolder folder("setting");
  WriteFileAtomically(folder.path() / "a.png", "content");
  auto matrix = Parse(WithPicture("elsewhere.png"));
  matrix.settings["blend.image"] = (folder.path() / "a.png").string();
  const auto files = FillChecksums(matrix);
  BOOST_TEST(files.size() == 1U);
  BOOST_TEST(matrix.settings.at("blend.sha256") == Sha256Hex("content"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_here_ends_the_plan_if_somebody_is_to_read_it) {
  const ScratchFolder folder("absent");
  WriteFileAtomically(folder.path() / "a.png", "content");
  auto matrix = Parse(WithPicture("elsewhere.png"));
  FillChecksums(matrix);
  BOOST_CHECK_EXCEPTION(RequireFiles(matrix, {}), Error, [](const Error& e) {
    return std::string(e.what()).find("\"elsewhere.png\" is not here") != std::string::npos;
  });
  auto known = WithPicture("elsewhere.png");
  BlockOf(known)["attacks"][0]["options"]["sha256"] = std::string(64, 'b');
  BlockOf(known)["distillers"][0]["options"]["picture_sha256"] = std::string(64, 'b');
  RequireFiles(Parse(known), {});
  matrix.settings = {{"blend.image", (folder.path() / "a.png").string()},
                     {"ood_kd.picture", (folder.path() / "a.png").string()}};
  FillChecksums(matrix);
  RequireFiles(matrix, {});
}

BOOST_AUTO_TEST_CASE(a_file_that_an_override_names_must_be_here_if_a_cell_would_read_it) {
  const ScratchFolder folder("override");
  const auto picture = (folder.path() / "a.png").string();
  WriteFileAtomically(picture, "content");
  const auto problem = [&](const Json& when, const Json& set, const Json& own = Json::object()) {
    auto json = WithPicture(picture);
    json["overrides"] = {{{"when", when}, {"set", set}}};
    auto& options = BlockOf(json)["attacks"][0]["options"];
    options.erase("image");
    options.update(own);
    auto matrix = Parse(json);
    FillChecksums(matrix);
    return testing::MessageOf([&] { RequireFiles(matrix, {}); });
  };
  const Json missing = {{"attack.image", "missing.png"}};
  const auto told =
      "attack it: image = \"missing.png\" is not here, and no sha256 says what it held";
  BOOST_TEST(problem({{"attack", "it"}}, missing) == told);
  BOOST_TEST(problem({{"student", "vgg-s-2"}, {"distiller", "ood"}}, missing) == told);
  BOOST_TEST(problem({{"attack", "it"}}, {{"attack.image", picture}}) == "");
  BOOST_TEST(problem({{"attack", "it"}}, {{"attack.image", "missing.png"},
                                          {"attack.sha256", std::string(64, 'b')}}) == "");
  BOOST_TEST(problem({{"attack", "it"}}, missing, {{"image", picture}}) == "");  // it reads its own
}

BOOST_AUTO_TEST_CASE(another_file_is_not_taken_for_what_the_one_below_it_held) {
  const ScratchFolder folder("another");
  const auto picture = (folder.path() / "a.png").string();
  WriteFileAtomically(picture, "content");
  auto matrix = Parse(WithPicture(picture));
  FillChecksums(matrix);
  Selection selection;
  selection.set = {{"blend.image", "missing.png"}};
  BOOST_CHECK_EXCEPTION(RequireFiles(matrix, selection), Error, [](const Error& e) {
    return std::string(e.what()).find("\"missing.png\" is not here") != std::string::npos;
  });
  selection.set = {{"blend.image", picture}};
  RequireFiles(matrix, selection);
}

BOOST_AUTO_TEST_CASE(a_setting_of_another_file_drops_the_checksum_of_the_first) {
  const Json below = {{"attack.image", "a.png"}, {"attack.sha256", "of a"}, {"noise.lr", 1}};
  const Json other = {{"attack.image", "b.png"}}, same = {{"attack.image", "a.png"}};
  const Json expected = {{"attack.image", "b.png"}, {"noise.lr", 1}};
  BOOST_TEST(SettingsAbove(other, below) == expected);
  BOOST_TEST(SettingsAbove(same, below) == below);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_called_like_a_choice_is_not_meant_by_it) {
  WriteFileAtomically("noise", "content");
  auto matrix = Parse(SmallMatrix());
  const Json chosen = {{"blend.picture", "noise"}, {"attack.picture", "noise"}};
  matrix.settings = chosen;
  BOOST_TEST(FillChecksums(matrix).empty());
  BOOST_TEST(matrix.settings == chosen);
  matrix = Parse(WithPicture("elsewhere.png"));
  for (const char* name : {"ood", "ood_kd", "distiller"}) {
    matrix.settings = {{std::string(name) + ".picture", "noise"}};
    BOOST_TEST(FillChecksums(matrix).size() == 1U, name);
    BOOST_TEST(matrix.settings.size() == 2U, name);
  }
  std::filesystem::remove("noise");
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_not_the_expected_one_ends_the_plan) {
  const ScratchFolder folder("expected");
  WriteFileAtomically(folder.path() / "a.png", "content");
  auto json = WithPicture(folder.path() / "a.png");
  BlockOf(json)["attacks"][0]["options"]["sha256"] = std::string(64, 'b');
  auto matrix = Parse(json);
  BOOST_CHECK_THROW(FillChecksums(matrix), Error);
}

BOOST_AUTO_TEST_CASE(a_folder_of_images_to_distil_on_is_known_by_content_and_kept) {
  const ScratchFolder folder("own"), store("own_store");
  const auto with = [&](const std::string& path) {
    auto json = SmallMatrix();
    BlockOf(json)["distillers"] = {{{"id", "own"},
                                    {"plugin", "imported"},
                                    {"options",
                                     {{"path", (folder.path() / path).string()},
                                      {"extra_data", "none"},
                                      {"pretrained", "a diffusion model"}}}}};
    BlockOf(json)["defenses"] = {"none"};
    return json;
  };
  for (const std::string at : {"a", "b"})
    WriteFileAtomically(folder.path() / at / "1.pgm", "P5 1 1 255\nx");
  const auto first = RefsOf(with("a"));
  BOOST_TEST((RefsOf(with("b")) == first));
  WriteFileAtomically(folder.path() / "b" / "1.pgm", "P5 1 1 255\ny");
  BOOST_TEST((RefsOf(with("b")) != first));
  auto matrix = Parse(with("a"));
  const auto files = FillChecksums(matrix);
  BOOST_TEST_REQUIRE(files.size() == 1U);
  KeepUserInputs(files, {}, store.path());
  const auto kept = WithPaths({{"path", NameOfFile(files[0].sha256)}}, store.path()).at("path");
  BOOST_TEST(Sha256OfFile(kept.get<std::string>()) == files[0].sha256);
}

BOOST_AUTO_TEST_CASE(an_option_says_itself_that_it_names_a_file) {
  const PluginCard card{.options = {{.name = "weights", .type = OptionType::kText, .sha256 = "sum"},
                                    {.name = "image", .type = OptionType::kText}}};
  const auto sum = Sha256Hex("content");
  const auto options =
      WithFilesByContent(card, {{"weights", "/a"}, {"sum", sum}, {"image", "/b"}, {"sha256", sum}});
  BOOST_TEST(options.at("weights") == NameOfFile(sum));
  BOOST_TEST(options.at("image") == "/b");
}

BOOST_AUTO_TEST_CASE(images_at_another_place_have_the_keys_of_their_fingerprint) {
  const auto at = [](const std::string& plugin, const std::string& option,
                     const std::string& path) {
    auto json = SmallMatrix();
    BlockOf(json)["datasets"] = {
        {{"id", "mine"}, {"plugin", plugin}, {"options", {{option, path}}}}};
    return json;
  };
  const DataFacts other{std::string(64, 'c')};
  const auto first = RefsOf(at("image_folder", "path", "/a"));
  BOOST_TEST((RefsOf(at("image_folder", "path", "/b")) == first));
  BOOST_TEST((RefsOf(at("image_folder", "path", "/a"), other) != first));
}

BOOST_AUTO_TEST_CASE(a_stage_finds_what_its_key_names_in_the_store) {
  const ScratchFolder store("inputs");
  const auto sha256 = Sha256Hex("content");
  const std::string fingerprint(64, 'f');
  KeepInput(store.path(), sha256, "content");
  KeepPlace(store.path(), fingerprint, "/first");
  KeepPlace(store.path(), fingerprint, "/moved");
  const Json options = WithPaths({{"image", NameOfFile(sha256)},
                                  {"path", NameOfImages(fingerprint)},
                                  {"size", 3},
                                  {"text", "plain"}},
                                 store.path());
  BOOST_TEST(ReadBytes(options.at("image").get<std::string>()) == "content");
  BOOST_TEST(options.at("path") == "/moved");
  BOOST_TEST(options.at("text") == "plain");
  BOOST_CHECK_THROW(WithPaths({{"image", NameOfFile(fingerprint)}}, store.path()), Error);
}

BOOST_AUTO_TEST_CASE(the_folder_of_the_images_is_absolute_and_told_by_the_option) {
  const auto& card = Registry::Get().Card(PluginKind::kDataset, "image_folder");
  BOOST_TEST(FolderOfImages(card, {{"path", "pets"}}, "/data") == "/data/pets");
  BOOST_TEST(FolderOfImages(card, {{"path", "/pets"}}, "/data") == "/pets");
  const auto& described = Registry::Get().Card(PluginKind::kDataset, "described");
  BOOST_TEST(FolderOfImages(described, {{"test", "pets"}}, "/data") == "/data/pets");
  const auto& shapes = Registry::Get().Card(PluginKind::kDataset, "shapes");
  BOOST_TEST(FolderOfImages(shapes, {{"test", 10}}, "/data").empty());
}

}  // namespace dfkd::user_inputs_test
