#include "bench/io/png.h"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <new>
#include <span>

#include "bench/core/error.h"
#include "bench/io/bytes.h"

// libpng reports errors by longjmp. Functions that call setjmp here hold no object with a
// destructor and change no local variable, so that the jump skips nothing; what must be released
// lives in the object around them.
namespace dfkd {
namespace {

constexpr png_alloc_size_t kLargestChunk = 8u << 20;
// libpng keeps one text, suggested palette or unknown chunk less than this and skips the others
// without inflating them: each may take as much as kLargestChunk, and the pixels need none.
constexpr png_uint_32 kKeepNoTexts = 1;

struct Problem {
  char text[128] = "invalid data";
};

[[noreturn]] void OnError(png_structp png, png_const_charp text) {
  auto* problem = static_cast<Problem*>(png_get_error_ptr(png));
  std::snprintf(problem->text, sizeof(problem->text), "%s", text);
  png_longjmp(png, 1);
}
void OnWarning(png_structp, png_const_charp) {}

class PngReader {
 public:
  explicit PngReader(std::string_view bytes)
      : rest_(bytes),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &problem_, OnError, OnWarning)) {
    if (png_ == nullptr) throw std::bad_alloc();
    info_ = png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, info_ ? &info_ : nullptr, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  // The steps return false after an error: see problem(). What libpng says of sides that are too
  // long is no help, so it is told to take any, and its caller looks at them before Begin, which
  // takes memory for rows.
  bool ReadHeader() {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, OnRead);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png_, kLargestChunk);
    png_set_chunk_cache_max(png_, kKeepNoTexts);
    png_read_info(png_, info_);
    return true;
  }
  // With the wish for 8-bit grey or RGB; of a picture with a palette, for its indexes: libpng makes
  // black of those that the palette does not have.
  bool Begin() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    if (has_palette()) {
      png_set_packing(png_);
    } else {
      png_set_expand(png_);
    }
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool ReadRows(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  bool has_palette() const { return png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE; }
  // Lives as long as this.
  std::span<const png_color> palette() const {
    png_colorp colours = nullptr;
    int count = 0;
    png_get_PLTE(png_, info_, &colours, &count);
    return {colours, static_cast<size_t>(count)};
  }
  int64_t height() const { return png_get_image_height(png_, info_); }
  int64_t width() const { return png_get_image_width(png_, info_); }
  int64_t channels() const { return png_get_channels(png_, info_); }
  size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  const char* problem() const { return problem_.text; }

 private:
  static void OnRead(png_structp png, png_bytep out, size_t count) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader->rest_.size()) png_error(png, "it ends too early");
    std::memcpy(out, reader->rest_.data(), count);
    reader->rest_.remove_prefix(count);
  }

  std::string_view rest_;
  Problem problem_;
  png_structp png_;
  png_infop info_ = nullptr;
};

class PngWriter {
 public:
  PngWriter()
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, &problem_, OnError, OnWarning)) {
    if (png_ == nullptr) throw std::bad_alloc();
    info_ = png_create_info_struct(png_);
  }
  ~PngWriter() { png_destroy_write_struct(&png_, info_ ? &info_ : nullptr); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  bool Write(const Image& image, png_bytepp rows) {
    if (info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_write_fn(png_, this, OnWrite, OnFlush);
    png_set_compression_level(png_, 9);
    png_set_IHDR(png_, info_, image.width, image.height, 8,
                 image.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png_, info_);
    png_write_image(png_, rows);
    png_write_end(png_, nullptr);
    return true;
  }

  std::string TakeBytes() { return std::move(bytes_); }
  const char* problem() const { return problem_.text; }

 private:
  // A C++ exception must not cross libpng's frames.
  static bool Append(std::string& bytes, png_bytep data, size_t count) noexcept {
    try {
      bytes.append(reinterpret_cast<const char*>(data), count);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  static void OnWrite(png_structp png, png_bytep data, size_t count) {
    auto* writer = static_cast<PngWriter*>(png_get_io_ptr(png));
    if (!Append(writer->bytes_, data, count)) png_error(png, "out of memory");
  }
  static void OnFlush(png_structp) {}

  std::string bytes_;
  Problem problem_;
  png_structp png_;
  png_infop info_ = nullptr;
};

std::vector<png_bytep> RowsOf(Image& image) {
  std::vector<png_bytep> rows;
  for (int64_t y = 0; y < image.height; ++y) {
    rows.push_back(image.pixels.data() + y * image.width * image.channels);
  }
  return rows;
}

Image Coloured(const Image& indexes, std::span<const png_color> palette,
               const std::string& origin) {
  Image image{indexes.height, indexes.width, 3, {}};
  image.pixels.reserve(3 * indexes.pixels.size());
  for (const uint8_t index : indexes.pixels) {
    if (index >= palette.size()) {
      throw MakeError("{}: cannot be read as PNG: colour {} of a palette of {}", origin, index,
                      palette.size());
    }
    const auto& colour = palette[index];
    image.pixels.insert(image.pixels.end(), {colour.red, colour.green, colour.blue});
  }
  return image;
}

}  // namespace

Image ParsePng(std::string_view bytes, const std::string& origin) {
  PngReader reader(bytes);
  const auto require = [&](bool done) {
    if (!done) throw MakeError("{}: cannot be read as PNG: {}", origin, reader.problem());
  };
  require(reader.ReadHeader());
  RequireSides(reader.height(), reader.width(), origin);
  require(reader.Begin());
  Image image = NewImage(reader.height(), reader.width(), reader.channels(), origin);
  DFKD_CHECK(reader.row_bytes() == static_cast<size_t>(image.width * image.channels));
  auto rows = RowsOf(image);
  require(reader.ReadRows(rows.data()));
  return reader.has_palette() ? Coloured(image, reader.palette(), origin) : image;
}

std::string EncodePng(const Image& image) {
  Image copy = image;  // libpng takes rows that are not const
  DFKD_CHECK(image.pixels.size() ==
             NewImage(image.height, image.width, image.channels, "image").pixels.size());
  auto rows = RowsOf(copy);
  PngWriter writer;
  if (!writer.Write(copy, rows.data())) throw MakeError("cannot encode PNG: {}", writer.problem());
  return writer.TakeBytes();
}

}  // namespace dfkd
