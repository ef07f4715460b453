// A user's own images as a transfer set.
#include "bench/recipes/imported_images.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/io/safetensors.h"
#include "tests/io/scratch_folder.h"

namespace dfkd::imported_images_test {

using testing::ScratchFolder;

const ImageSpec kSpec = {3, 4, 4, 2, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};

std::string BytesOf(const at::Tensor& tensor) {
  return {static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()};
}

// A file "images.safetensors" with one tensor.
struct File {
  File(const std::string& name, const std::string& dtype, const at::Tensor& values)
      : folder("imported"), path(folder.path() / "images.safetensors") {
    const auto bytes = BytesOf(values);
    WriteSafetensors(path, {{name, {dtype, values.sizes().vec(), bytes}}});
  }
  at::Tensor Read() const { return ImportedImages(path, "", kSpec); }
  std::string Refusal() const {
    try {
      Read();
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
  const ScratchFolder folder;
  const std::filesystem::path path;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_CASE(bytes_are_taken_as_they_are_and_fractions_are_rounded) {
  const auto bytes = at::arange(2 * 3 * 4 * 4).to(at::kByte).view({2, 3, 4, 4});
  BOOST_TEST(File("images", "U8", bytes).Read().equal(bytes));
  const auto fractions = bytes.to(at::kFloat) / 255;
  BOOST_TEST(File("images", "F32", fractions).Read().equal(bytes));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_what_was_found) {
  const auto normalised = at::full({1, 3, 4, 4}, 2.5, at::kFloat);
  BOOST_TEST(Has(File("images", "F32", normalised).Refusal(), "lie in [2.5, 2.5]"));
  const auto small = at::zeros({1, 3, 2, 2}, at::kByte);
  BOOST_TEST(Has(File("images", "U8", small).Refusal(), "U8 [1, 3, 2, 2]"));
  BOOST_TEST(Has(File("pictures", "U8", small).Refusal(), "it has pictures"));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_checksum_is_refused) {
  const File file("images", "U8", at::zeros({1, 3, 4, 4}, at::kByte));
  const auto sha256 = Sha256OfFile(file.path);
  BOOST_TEST(ImportedImages(file.path, sha256, kSpec).size(0) == 1);
  BOOST_CHECK_THROW(ImportedImages(file.path, std::string(64, 'a'), kSpec), Error);
}

BOOST_AUTO_TEST_CASE(pictures_of_a_folder_are_brought_to_the_form_of_the_data_set) {
  const ScratchFolder folder("imported_folder");
  WriteFileAtomically(folder.path() / "a.pgm", "P5 8 8 255\n" + std::string(64, 'a'));
  const auto images = ImportedImages(folder.path(), "", kSpec);
  BOOST_TEST(images.equal(at::full({1, 3, 4, 4}, 'a', at::kByte)));
}

}  // namespace dfkd::imported_images_test
