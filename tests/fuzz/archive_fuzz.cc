// Any bytes as an archive: Unpack ends with names or with an Error, and writes nothing outside its
// folder. Where the build has no libarchive (DFKD_FETCH=OFF) there is nothing to try.
#include <cstddef>
#include <cstdint>

#if DFKD_WITH_FETCH
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "bench/core/error.h"
#include "bench/io/archive.h"
#include "bench/io/file.h"

namespace {

namespace fs = std::filesystem;

// One folder per process: an archive, and the folder it is unpacked into.
class Sandbox {
 public:
  Sandbox() {
    // In memory where there is such a place: syncing a disk would cost 50 ms per input.
    const fs::path memory = "/dev/shm";
    const fs::path parent = fs::is_directory(memory) ? memory : fs::temp_directory_path();
    std::string name = (parent / "dfkd-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~Sandbox() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  void Unpack(std::string_view bytes) const {
    dfkd::WriteFileAtomically(path_ / "input", bytes);
    try {
      dfkd::Unpack(path_ / "input", path_ / "out", {.bytes = 1 << 20, .entries = 100});
    } catch (const dfkd::Error&) {
      if (!fs::is_empty(path_ / "out")) std::abort();  // a failure leaves nothing
    }
    fs::remove_all(path_ / "out");
    RequireNothingElse();
  }

 private:
  void RequireNothingElse() const {
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename() != "input") std::abort();
    }
  }

  fs::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Sandbox sandbox;
  sandbox.Unpack({reinterpret_cast<const char*>(data), size});
  return 0;
}

#else

extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }

#endif
