#include "bench/io/image_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/io/jpeg.h"
#include "bench/io/png.h"
#include "bench/io/ppm.h"

namespace dfkd {
namespace {

using std::string_view_literals::operator""sv;

constexpr uint64_t kLargestImageFile = uint64_t{256} << 20;

constexpr std::string_view kMagics[] = {"\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff"sv, "GIF8"sv,
                                        "II*\0"sv, "MM\0*"sv};

// Two letters begin many a text, too: more of the header is looked at.
bool BeginsAsPicture(std::string_view bytes) {
  const bool any = std::any_of(std::begin(kMagics), std::end(kMagics),
                               [&](auto magic) { return bytes.starts_with(magic); });
  if (any || bytes.size() < 12) return any;
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) {
    const auto behind = static_cast<unsigned char>(bytes[2]);
    const auto next = static_cast<unsigned char>(bytes[3]);
    return std::isspace(behind) != 0 && (std::isdigit(next) != 0 || next == '#');
  }
  if (bytes.starts_with("BM")) return bytes.substr(6, 4) == "\0\0\0\0"sv;
  return bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

}  // namespace

Image ParseImage(std::string_view bytes, const std::string& origin) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return ParsePng(bytes, origin);
  if (bytes.starts_with("\xff\xd8\xff")) return ParseJpeg(bytes, origin);
  if (bytes.starts_with("P5") || bytes.starts_with("P6")) return ParsePpm(bytes, origin);
  throw MakeError("{}: is neither PNG nor JPEG nor binary PGM or PPM", origin);
}

Image ReadImage(const std::filesystem::path& file) {
  return ParseImage(ReadImageBytes(file), file.string());
}

std::string ReadImageBytes(const std::filesystem::path& file) {
  return ReadBytes(file, kLargestImageFile);
}

bool IsPicture(const std::filesystem::path& file) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(file, unknown)) return false;
  std::array<char, 12> first{};
  std::ifstream in(file, std::ios::binary);
  in.read(first.data(), first.size());
  return BeginsAsPicture({first.data(), static_cast<size_t>(in.gcount())});
}

}  // namespace dfkd
