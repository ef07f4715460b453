// What the tests of data sets share.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "tests/io/io_testing.h"

namespace dfkd::testing {

// As the program makes it: by name, from the options that a matrix gives.
inline std::unique_ptr<Dataset> MakeDataset(const std::string& name,
                                            const Json& given = Json::object()) {
  const PluginCard& card = Registry::Get().Card(PluginKind::kDataset, name);
  return Registry::Get().Make<Dataset>(name, ResolveFor(card, given));
}

inline std::string Ppm(int64_t height, int64_t width, char value) {
  return fmt::format("P6 {} {} 255\n", width, height) + std::string(3 * height * width, value);
}

}  // namespace dfkd::testing
