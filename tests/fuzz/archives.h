// Any bytes as an archive: Unpack ends with names or with an Error, and writes nothing outside its
// folder. Where the build has no libarchive (DFKD_FETCH=OFF) there is nothing to try.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/error.h"
#include "bench/io/gzip.h"
#include "tests/fuzz/scratch.h"
#include "tests/io/hex.h"
#if DFKD_WITH_FETCH
#include "bench/io/archive.h"
#endif

namespace dfkd::fuzz {

// "set/one.bin" and a link to it; the same with xz; two files in a zip.
inline constexpr std::string_view kTarGz =
    "1f8b08000000000002ff2b4e2dd1cfcf4bd54bcacc63a015300002331313300d04e834101823b181"
    "e28640d28441c180810ea0b4b824b108683dc3c804c0b867180523171403f37f4e665e362ded209c"
    "ff0dd0f3bf999921838211ad0ba6d1fc3f0a46c12818c1000011ad3d7d000a0000";
inline constexpr std::string_view kTarXz =
    "fd377a585a0000016922de360200210116000000742fe5a3e009ff005a5d0039994aeb23c84228d5"
    "bbdfc60b5aaa918cccf96af09073cb4aea2ea45fc1ff23142d16b9f81688dba482be663c07d67ea9"
    "a22806124878beb51301106168ed87d903eb09e6ad270ac8b9432debf6dfc471748b240ca14d6387"
    "2000000011ad3d7d00017280140000004d0822eb3e300d8b020000000001595a";
inline constexpr std::string_view kZip =
    "504b030414000000080000002100c3478355080000000f0000000b0000007365742f6f6e652e6269"
    "6ecbcf4b55c8476000504b0304140000000800000021000000000002000000000000000700000074"
    "776f2e62696e0300504b0102140314000000080000002100c3478355080000000f0000000b000000"
    "00000000000000008001000000007365742f6f6e652e62696e504b01021403140000000800000021"
    "0000000000020000000000000007000000000000000000000080013100000074776f2e62696e504b"
    "050600000000020002006e000000580000000000";

inline std::vector<std::string> ArchiveSeeds() {
  const auto gzip = testing::FromHex(kTarGz);
  return {Gunzip(gzip, 1 << 16, "seed"), gzip, testing::FromHex(kTarXz), testing::FromHex(kZip)};
}

#if DFKD_WITH_FETCH

inline void UnpackAnything(std::string_view bytes) {
  namespace fs = std::filesystem;
  const auto folder = EmptyScratch("archive");
  WriteScratch("archive/input", bytes);
  const auto require_nothing_else = [&] {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename();
      if (name != "input" && name != "out")
        throw std::logic_error("written outside: " + name.string());
    }
  };
  try {
    (void)Unpack(folder / "input", folder / "out", {.bytes = 1 << 20, .entries = 100});
  } catch (const Error&) {
    if (fs::exists(folder / "out") && !fs::is_empty(folder / "out"))
      throw std::logic_error("a failure leaves something");
    require_nothing_else();
    throw;
  }
  require_nothing_else();
}

#else

inline void UnpackAnything(std::string_view) {}

#endif

}  // namespace dfkd::fuzz
