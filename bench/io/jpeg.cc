#include "bench/io/jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <vector>

// jpeglib.h needs size_t and FILE before it.
#include <jpeglib.h>
// After jpeglib.h.
#include <jerror.h>

#include "bench/core/error.h"
#include "bench/io/bytes.h"

// libjpeg's default error handler ends the process; ours longjmps. As in png.cc, functions that
// call setjmp hold no object with a destructor and change no local variable.
namespace dfkd {
namespace {

constexpr int kMostScans =
    64;  // a progressive file uses ten or so; thousands are an attack on our time

class JpegReader {
 public:
  explicit JpegReader(std::string_view bytes) : bytes_(bytes) {
    decoder_.err = jpeg_std_error(&errors_);
    errors_.error_exit = OnError;
    errors_.emit_message = OnMessage;
    decoder_.client_data = this;
  }
  ~JpegReader() { jpeg_destroy_decompress(&decoder_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  // The steps return false after an error: see problem().
  bool ReadHeader() {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_decompress(&decoder_);
    decoder_.progress = &progress_;
    progress_.progress_monitor = OnProgress;
    jpeg_mem_src(&decoder_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&decoder_, TRUE);
    return true;
  }
  bool Begin() {
    if (setjmp(jump_) != 0) return false;
    const bool grey = decoder_.jpeg_color_space == JCS_GRAYSCALE;
    decoder_.out_color_space = grey ? JCS_GRAYSCALE : IsCmyk() ? JCS_CMYK : JCS_RGB;
    decoder_.dct_method = JDCT_ISLOW;
    if (IsCmyk()) row_.resize(4 * size_t{decoder_.image_width});
    jpeg_start_decompress(&decoder_);
    return true;
  }
  bool ReadRows(uint8_t* pixels, size_t stride) {
    if (setjmp(jump_) != 0) return false;
    while (decoder_.output_scanline < decoder_.output_height) {
      uint8_t* const out = pixels + decoder_.output_scanline * stride;
      JSAMPROW row = IsCmyk() ? row_.data() : out;
      jpeg_read_scanlines(&decoder_, &row, 1);
      if (IsCmyk()) MultiplyOut(row, out);
    }
    jpeg_finish_decompress(&decoder_);
    return true;
  }

  int64_t height() const { return decoder_.image_height; }
  int64_t width() const { return decoder_.image_width; }
  int64_t channels() const { return decoder_.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3; }
  const char* problem() const { return problem_; }

 private:
  bool IsCmyk() const {
    return decoder_.jpeg_color_space == JCS_CMYK || decoder_.jpeg_color_space == JCS_YCCK;
  }

  // A row of inverted cyan, magenta, yellow and black.
  void MultiplyOut(const uint8_t* cmyk, uint8_t* rgb) const {
    for (size_t i = 0; i < decoder_.image_width; ++i, cmyk += 4, rgb += 3) {
      for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>((cmyk[c] * cmyk[3] + 127) / 255);
    }
  }

  [[noreturn]] static void OnError(j_common_ptr decoder) {
    auto* reader = static_cast<JpegReader*>(decoder->client_data);
    char text[JMSG_LENGTH_MAX];
    decoder->err->format_message(decoder, text);
    std::snprintf(reader->problem_, sizeof(reader->problem_), "%s", text);
    std::longjmp(reader->jump_, 1);
  }

  // Level -1 is a warning: the data is damaged and libjpeg went on. Three of them are harmless; the
  // last is that of telephones which write other spectral bounds than a sequential scan must have:
  // libjpeg decodes all 64 coefficients whatever stands there.
  static void OnMessage(j_common_ptr decoder, int level) {
    if (level >= 0) return;
    const int code = decoder->err->msg_code;
    const bool harmless =
        code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_NOT_SEQUENTIAL;
    if (!harmless) OnError(decoder);
  }

  static void OnProgress(j_common_ptr common) {
    auto* reader = static_cast<JpegReader*>(common->client_data);
    if (reader->decoder_.input_scan_number <= kMostScans) return;
    std::snprintf(reader->problem_, sizeof(reader->problem_), "more than %d scans", kMostScans);
    std::longjmp(reader->jump_, 1);
  }

  std::string_view bytes_;
  jpeg_decompress_struct decoder_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
  std::vector<uint8_t> row_;  // CMYK
  char problem_[JMSG_LENGTH_MAX] = "invalid data";
};

class JpegWriter {
 public:
  JpegWriter() {
    encoder_.err = jpeg_std_error(&errors_);
    errors_.error_exit = OnError;
    encoder_.client_data = this;
  }
  ~JpegWriter() {
    jpeg_destroy_compress(&encoder_);
    std::free(bytes_);
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;

  // Returns false after an error: memory ran out, or the sizes are not a JPEG's.
  bool Write(const Image& image, int quality) {
    if (setjmp(jump_) != 0) return false;
    jpeg_create_compress(&encoder_);
    jpeg_mem_dest(&encoder_, &bytes_, &size_);
    encoder_.image_height = image.height;
    encoder_.image_width = image.width;
    encoder_.input_components = static_cast<int>(image.channels);
    encoder_.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&encoder_);
    jpeg_set_quality(&encoder_, quality, TRUE);
    encoder_.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&encoder_, TRUE);
    while (encoder_.next_scanline < encoder_.image_height) {
      auto* row = const_cast<JSAMPLE*>(image.pixels.data() +
                                       encoder_.next_scanline * image.width * image.channels);
      jpeg_write_scanlines(&encoder_, &row, 1);
    }
    jpeg_finish_compress(&encoder_);
    return true;
  }
  std::string bytes() const { return {reinterpret_cast<const char*>(bytes_), size_}; }

 private:
  [[noreturn]] static void OnError(j_common_ptr encoder) {
    std::longjmp(static_cast<JpegWriter*>(encoder->client_data)->jump_, 1);
  }

  jpeg_compress_struct encoder_{};
  jpeg_error_mgr errors_{};
  std::jmp_buf jump_{};
  unsigned char* bytes_ = nullptr;  // malloc'ed by libjpeg
  unsigned long size_ = 0;
};

}  // namespace

Image ParseJpeg(std::string_view bytes, const std::string& origin) {
  JpegReader reader(bytes);
  const auto require = [&](bool done) {
    if (!done) throw MakeError("{}: cannot be read as JPEG: {}", origin, reader.problem());
  };
  require(reader.ReadHeader());
  Image image = NewImage(reader.height(), reader.width(), reader.channels(), origin);
  require(reader.Begin());
  require(reader.ReadRows(image.pixels.data(), image.width * image.channels));
  return image;
}

std::string EncodeJpeg(const Image& image, int quality) {
  JpegWriter writer;
  if (!writer.Write(image, quality)) {
    throw MakeError("an image of {}x{}x{} cannot be written as JPEG", image.height, image.width,
                    image.channels);
  }
  return writer.bytes();
}

}  // namespace dfkd
