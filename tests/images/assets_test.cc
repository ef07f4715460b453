#include "bench/images/assets.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>

#include "bench/core/error.h"
#include "bench/images/antialias.h"
#include "bench/io/file.h"
#include "bench/io/png.h"
#include "tests/golden/golden.h"
#include "tests/io/python.h"

namespace dfkd::assets_test {

const ImageSpec kColour = golden::Spec(32, 32, 3);

BOOST_AUTO_TEST_SUITE(assets)

BOOST_AUTO_TEST_CASE(procedural_assets_are_the_published_bytes_on_every_size) {
  const auto hashes = golden::Triggers();
  for (const auto& name : AssetNames()) {
    for (const ImageSpec& spec : golden::Specs()) {
      const Image fitted = FitAsset(ProceduralAsset(name), spec, PlacementOf(name));
      BOOST_TEST(golden::Hash(fitted) == hashes.at(golden::Name(name, spec)),
                 golden::Name(name, spec));
    }
  }
}

BOOST_AUTO_TEST_CASE(golden_file_is_what_the_independent_script_computes) {
  BOOST_TEST(testing::RunPython({DFKD_SOURCE_DIR "/tests/golden/triggers.py", "--check"}) == 0);
}

BOOST_AUTO_TEST_CASE(another_seed_draws_another_asset_and_zero_is_the_own_one) {
  BOOST_TEST(golden::Hash(ProceduralAsset("blend_rand", 14)) !=
             golden::Hash(ProceduralAsset("blend_rand")));
  BOOST_TEST(golden::Hash(ProceduralAsset("blend_rand", 13)) ==
             golden::Hash(ProceduralAsset("blend_rand", 0)));
}

BOOST_AUTO_TEST_CASE(an_unknown_asset_lists_the_known_ones) {
  BOOST_CHECK_EXCEPTION(ProceduralAsset("kitty"), Error, [](const Error& error) {
    const std::string message = error.what();
    return message.find("kitty") != std::string::npos &&
           message.find("trojan_wm") != std::string::npos;
  });
}

// 8x8 pixels, 3 away from the edges: they begin 11 from them.
BOOST_AUTO_TEST_CASE(a_patch_that_an_image_would_cut_is_refused_with_both_sizes) {
  const Image patch = ProceduralAsset("trojan_8x8");
  BOOST_CHECK_NO_THROW(FitAsset(patch, golden::Spec(11, 11, 3), Placement::kPatch));
  for (const auto& [height, width] : {std::pair{10, 11}, {11, 10}, {8, 8}}) {
    BOOST_CHECK_EXCEPTION(
        FitAsset(patch, golden::Spec(height, width, 3), Placement::kPatch), Error,
        [&](const Error& error) {
          return std::string(error.what()).ends_with(fmt::format("{}x{}", height, width));
        });
  }
}

BOOST_AUTO_TEST_CASE(a_patch_keeps_its_distance_to_the_bottom_right_edge) {
  const Image asset = ProceduralAsset("trojan_3x3");
  const Image fitted = FitAsset(asset, golden::Spec(20, 24, 3), Placement::kPatch);
  for (int64_t y = 0; y < 20; ++y) {
    for (int64_t x = 0; x < 24; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        BOOST_TEST(fitted.pixels[(y * 24 + x) * 3 + c] ==
                   asset.pixels[((y + 12) * 32 + x + 8) * 3 + c]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_users_picture_is_checked_resized_and_given_the_right_channels) {
  const std::string png = EncodePng(ProceduralAsset("blend_geo"));
  WriteFileAtomically("blend_geo.png", png);
  const Image loaded = LoadTriggerPicture("blend_geo.png", kColour, Sha256Hex(png));
  BOOST_TEST(golden::Hash(loaded) == golden::Hash(ProceduralAsset("blend_geo")));
  BOOST_CHECK_THROW(LoadTriggerPicture("blend_geo.png", kColour, std::string(64, '0')), Error);
  BOOST_CHECK_THROW(LoadTriggerPicture("no_such.png", kColour), Error);

  WriteFileAtomically("flat.png", EncodePng({100, 60, 1, std::vector<uint8_t>(6000, 77)}));
  const Image flat = LoadTriggerPicture("flat.png", kColour);
  BOOST_TEST(flat.pixels == std::vector<uint8_t>(32 * 32 * 3, 77),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tables_are_the_pixels_of_the_references_files, *golden::WithOriginals()) {
  const auto folder = golden::OriginalTriggers();
  const std::map<std::string, std::string> assets = {
      {"sig", "sig_tr"}, {"trojan_3x3", "trojan_3x3_table"}, {"l0_inv", "l0_inv"}};
  for (const auto& [file, asset] : assets) {
    const Image original = LoadTriggerPicture(folder / (file + ".png"), kColour);
    BOOST_TEST(golden::Hash(original) == golden::Hash(ProceduralAsset(asset)), file);
  }
}

// By hand: 4 -> 2 has deviation 0.5 and radius 2, with weights e^-2, e^-8 beside 1; 4 -> 4 is left
// alone; 2 -> 4 only interpolates, mirrored at the edges. scikit-image 0.19.3 says the same: 6.43,
// 113.57 and 25, 25, 75, 75.
BOOST_AUTO_TEST_CASE(the_references_resize_is_a_gaussian_and_then_linear) {
  const Image step{1, 4, 1, {0, 0, 120, 120}};
  const double sum = 1 + 2 * std::exp(-2.0) + 2 * std::exp(-8.0);
  const double next = std::exp(-2.0) / sum, far = std::exp(-8.0) / sum;
  // Smoothed at 0 and 1 (mirrored: … 120 0 | 0 0 120 120), then their mean.
  const double at_0 = 120 * 2 * far, at_1 = 120 * (next + far);
  const auto left = static_cast<uint8_t>((at_0 + at_1) / 2 + 0.5);
  const Image small = GaussianResize(step, 1, 2);
  BOOST_TEST(small.pixels == (std::vector<uint8_t>{left, static_cast<uint8_t>(120 - left)}),
             boost::test_tools::per_element());
  BOOST_TEST(GaussianResize(step, 1, 4).pixels == step.pixels);
  BOOST_TEST(
      GaussianResize({1, 2, 1, {0, 100}}, 1, 4).pixels == (std::vector<uint8_t>{25, 25, 75, 75}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::assets_test
