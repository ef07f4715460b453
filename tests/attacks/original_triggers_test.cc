// Triggers made from files, byte by byte against tests/golden/triggers.py: the reference's own
// files where somebody has them, drawn ones everywhere.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "bench/core/error.h"
#include "bench/images/assets.h"
#include "bench/io/file.h"
#include "bench/io/png.h"
#include "tests/attacks/attacks_testing.h"

namespace dfkd::original_triggers_test {

struct Original {
  std::string file, sha256, attack;
  Json more;
};

// Checksums: abd.md (c) gives their first eight digits.
const std::vector<Original> kOriginals = {
    {"trojan_3x3",
     "9c4001742dfaa9e0033767fbc434b58da422cf1961a934e7a5cb2d1323aa011f",
     "trojan_3x3",
     {}},
    {"trojan_8x8",
     "b47420e27b0a78a828787526930d77651a8ce7124f59b89ac495de787eb25b66",
     "trojan_8x8",
     {}},
    {"trojan_wm",
     "1ed725dab526c7218333640cc6dc18cb85aa1c1c2d6497082b3234a24c77e3fa",
     "trojan_wm",
     {}},
    {"l2_inv", "138a28d3883d4e3095a304ac441c2b9011bb19dbb43d0d5d3b535f13f7669e69", "l2_inv", {}},
    {"l0_inv", "c979bfd3deab944b59f1e3d9172fb56b19bff081d3f596ed61e6fab70e62fc51", "l0_inv", {}},
    {"smooth_cifar10",
     "ef17d02fc868e8f515f61ef81492bc9d1f3b5696d35c120648f8a6c2baeee955",
     "smooth",
     {}},
    {"smooth_gtsrb",
     "c85ed38c9b5feb9f61808659d8fa189d46e623b30deb3d93d0cf9ff158b2f2c7",
     "smooth",
     {}},
    {"sig", "5d361fa383646200cd8c7851249f4a971c19fbf09c6137d7ca5b54078c2b1ce5", "sig_tr", {}},
    {"blend",
     "e313fb548a8b873d999d50426ebe2752f5512cb9318def33077158589c3b344d",
     "blend",
     {{"picture", "file_gaussian"}}},
};

BOOST_AUTO_TEST_SUITE(original_triggers)

BOOST_AUTO_TEST_CASE(each_file_gives_the_references_bytes, *golden::WithOriginals()) {
  const auto folder = golden::OriginalTriggers();
  const auto hashes = golden::Hashes("originals.txt");
  const ImageSpec spec = golden::Spec(32, 32, 3);
  for (const auto& original : kOriginals) {
    Json options = {{"image", (folder / (original.file + ".png")).string()},
                    {"sha256", original.sha256}};
    options.update(original.more.is_null() ? Json::object() : original.more);
    const auto attack = MakeAttack(original.attack, spec, options, "faithful");
    for (const std::string kind : {"grey", "ramp"}) {
      const auto name = golden::Name(original.file + "/" + kind, spec);
      BOOST_TEST(golden::Hash(attack->Trigger(golden::Base(kind, spec))) == hashes.at(name), name);
    }
  }
}

// What `dfkd compare --reference` says of pictures: whose files are the paper's, and whose own
// picture has the same bytes.
BOOST_AUTO_TEST_CASE(the_reference_knows_the_files_and_which_built_in_pictures_equal_them) {
  const auto pictures =
      ReadJson(std::string(DFKD_SOURCE_DIR) + "/leaderboard/reference/abd_2023.json")
          .at("pictures");
  const auto hashes = golden::Hashes("originals.txt");
  const ImageSpec spec = golden::Spec(32, 32, 3);
  for (const auto& original : kOriginals) {
    const auto& picture = pictures.at(original.attack);
    const auto files = picture.at("files").get<std::vector<std::string>>();
    BOOST_TEST(std::count(files.begin(), files.end(), original.sha256) == 1, original.file);
    const auto attack = MakeAttack(original.attack, spec, Json::object(), "faithful");
    bool equal = true;
    for (const std::string kind : {"grey", "ramp"}) {
      const auto name = golden::Name(original.file + "/" + kind, spec);
      equal = equal && golden::Hash(attack->Trigger(golden::Base(kind, spec))) == hashes.at(name);
    }
    BOOST_TEST(picture.at("built_in").get<bool>() == equal, original.file);
  }
}

// The mask is known, not read: nine pixels of row 31, in every channel.
BOOST_AUTO_TEST_CASE(the_mask_of_l0_inv_is_the_references, *golden::WithOriginals()) {
  const auto folder = golden::OriginalTriggers();
  constexpr size_t kPlanes = 3 * 32 * 32;
  std::ifstream file(folder / "mask.npy", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const size_t size = (bytes.size() - 128) / kPlanes;  // behind the header: little-endian numbers
  const auto black = at::zeros({1, 3, 32, 32}, at::kByte), white = black + 255;
  const auto attack = MakeAttack("l0_inv", golden::Spec(32, 32, 3));
  const auto covered = attack->Trigger(black).eq(attack->Trigger(white)).flatten();
  for (size_t i = 0; i < kPlanes; ++i) {
    const auto value = bytes.substr(128 + i * size, size);
    const bool masked = value != std::string(size, '\0');
    BOOST_TEST(masked == covered[static_cast<int64_t>(i)].item<bool>());
  }
}

// The way from a file to a trigger, with drawn pictures: the same golden bytes as without a file.
struct Drawn {
  std::string asset, attack, golden, preset = "fixed";
  Json more = Json::object();
};
const std::vector<Drawn> kDrawn = {
    {"trojan_3x3_table", "trojan_3x3", "trojan_3x3"},
    {"trojan_3x3", "trojan_3x3", "trojan_3x3_random"},
    {"trojan_8x8", "trojan_8x8", "trojan_8x8"},
    {"trojan_wm", "trojan_wm", "trojan_wm"},
    {"l2_inv", "l2_inv", "l2_inv"},
    {"l0_inv", "l0_inv", "l0_inv"},
    {"smooth", "smooth", "smooth"},
    {"smooth", "smooth", "smooth_truncate", "faithful"},
    {"smooth_magenta", "smooth", "smooth_magenta"},
    {"sig_tr", "sig_tr", "sig_tr"},
    {"sig_tr", "sig_tr", "sig_tr_truncate", "faithful"},
    {"blend_geo", "blend", "blend", "fixed", {{"picture", "file"}}},
    {"blend_geo", "blend", "blend_truncate", "faithful", {{"picture", "file_gaussian"}}},
};

Json FileOf(const std::string& asset) {
  const std::string file = asset + ".png", png = EncodePng(ProceduralAsset(asset));
  WriteFileAtomically(file, png);
  return {{"image", file}, {"sha256", Sha256Hex(png)}};
}

BOOST_AUTO_TEST_CASE(a_file_with_a_drawn_picture_gives_the_bytes_of_the_drawing) {
  const auto hashes = golden::Triggers();
  for (const auto& drawn : kDrawn) {
    Json options = FileOf(drawn.asset);
    options.update(drawn.more);
    for (const ImageSpec& spec : golden::Specs()) {
      const auto attack = MakeAttack(drawn.attack, spec, options, drawn.preset);
      for (const std::string kind : {"grey", "ramp"}) {
        const auto name = golden::Name(drawn.golden + "/" + kind, spec);
        BOOST_TEST(golden::Hash(attack->Trigger(golden::Base(kind, spec))) == hashes.at(name),
                   name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_with_another_checksum_is_refused) {
  const ImageSpec spec = golden::Spec(32, 32, 3);
  Json options = FileOf("l2_inv");
  options["sha256"] = kOriginals[0].sha256;
  const auto attack = MakeAttack("l2_inv", spec, options);
  BOOST_CHECK_THROW(attack->Trigger(golden::Base("grey", spec)), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::original_triggers_test
