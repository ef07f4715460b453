// That what was verified and written by `dfkd fetch` is known as the published data set later.
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "bench/cli/command.h"
#include "bench/core/hash.h"
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/matrix/official_data.h"

namespace dfkd::cli::fetch_test {

namespace fs = std::filesystem;

constexpr const char* kServed = "fetched/served/pixels.bin";

// One pixel, published with a checksum.
class Pixel final : public Dataset {
 public:
  explicit Pixel(const NoOptions&) {}
  ImageSpec Spec() const override { return {1, 1, 1, 1, {0.5}, {0.5}}; }
  std::vector<std::string> ClassNames() const override { return {"dot"}; }
  LabelledImages Load(Part, const fs::path& root) const override {
    const auto bytes = ReadBytes(root / "pixels.bin");
    return {{{1, 1, 1, {bytes.begin(), bytes.end()}}}, {0}};
  }
  std::vector<DatasetFile> Files() const override {
    return {{.path = "pixels.bin",
             .url = "https://example.org/pixels.bin",
             .sha256 = Sha256OfFile(kServed),
             .bytes = 1}};
  }
};

const bool kPixel = Register<Pixel>(DatasetCard<NoOptions>{
    .name = "test_pixel", .summary = "for this test", .image_spec = [](const NoOptions&) {
      return Json{{"channels", 1}, {"height", 1}, {"width", 1}, {"classes", 1}};
    }});

struct Published {
  Published() {
    fs::remove_all("fetched");
    fs::create_directories("fetched/served");
    WriteFileAtomically(kServed, "x");
  }
  int Fetch() {
    Program program("dfkd", "", "");
    AddFetch(program);
    std::ostringstream said, refused;
    const auto mirror = "file://" + fs::absolute("fetched/served").string();
    return program.Run({"fetch", "test_pixel", "--data", "fetched/data", "--mirror", mirror}, said,
                       refused);
  }
  static std::string Remembered() {
    return RememberedOfficial("test_pixel", Pixel({}).Files(), "fetched/data");
  }
};

BOOST_FIXTURE_TEST_CASE(what_was_fetched_and_verified_is_noted_as_published, Published) {
  BOOST_TEST(Fetch() == 0);
  const Pixel pixel({});
  const auto part = pixel.Load(Part::kTrain, "fetched/data");
  BOOST_TEST(Remembered() == Fingerprint(part, part));
}

// Nobody knows what became of files that were there already.
BOOST_FIXTURE_TEST_CASE(what_was_there_already_is_not_noted, Published) {
  fs::create_directories("fetched/data");
  fs::copy_file(kServed, "fetched/data/pixels.bin");
  BOOST_TEST(Fetch() == 0);
  BOOST_TEST(Remembered() == "");
}

}  // namespace dfkd::cli::fetch_test
