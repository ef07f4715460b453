#include "bench/cli/teacher_statement.h"

#include <algorithm>
#include <cmath>

#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/core/network_name.h"

namespace dfkd::cli {
namespace {

std::string Stated(const TensorMetadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

bool IsNetwork(const std::string& name) {
  try {
    ParseNetworkName(name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Error Contradiction(const std::string& origin, const std::string& what, const std::string& stated,
                    const std::string& flags, const std::string& given) {
  return MakeError("{}: its metadata says {} = {}, but {} {}", origin, what, stated, flags, given);
}

// As far as they are written in decimals.
bool AreEqual(const Json& stated, const std::vector<double>& given) {
  constexpr double kWritten = 1e-6;
  return stated.size() == given.size() &&
         std::equal(stated.begin(), stated.end(), given.begin(), [](const Json& a, double b) {
           return std::abs(a.get<double>() - b) < kWritten;
         });
}

bool AreNumbers(const Json& list) {
  return list.is_array() && !list.empty() &&
         std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_number(); });
}

void RequireSpec(const Json& stated, const ImageSpec& spec, const std::string& origin) {
  struct Number {
    const char *name, *flags;
    int64_t given;
  };
  const Number numbers[] = {{"classes", "--classes, or --dataset, says", spec.classes},
                            {"channels", "--channels, or --dataset, says", spec.channels},
                            {"height", "--size, or --dataset, says", spec.height},
                            {"width", "--size, or --dataset, says", spec.width}};
  for (const auto& [name, flags, given] : numbers) {
    const Json value = stated.value(name, Json());
    if (value.is_number_integer() && value != given)
      throw Contradiction(origin, name, value.dump(), flags, std::to_string(given));
  }
  struct PerChannel {
    const char *name, *flags;
    const std::vector<double>& given;
  };
  const PerChannel all[] = {{"mean", "--mean, or --dataset, says", spec.mean},
                            {"stddev", "--std, or --dataset, says", spec.stddev}};
  for (const auto& [name, flags, given] : all) {
    const Json values = stated.value(name, Json());
    if (AreNumbers(values) && !AreEqual(values, given))
      throw Contradiction(origin, name, values.dump(), flags, Json(given).dump());
  }
}

}  // namespace

void RequireAsStated(const TensorMetadata& metadata, const std::string& network,
                     const ImageSpec& spec, const std::string& origin) {
  const auto stated = Stated(metadata, "network");
  if (stated != network && IsNetwork(stated))
    throw Contradiction(origin, "network", stated, "--network says", network);
  const Json geometry = Json::parse(Stated(metadata, "spec"), nullptr, false);
  if (geometry.is_object()) RequireSpec(geometry, spec, origin);
}

}  // namespace dfkd::cli
