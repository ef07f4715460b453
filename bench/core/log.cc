#include "bench/core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

#include <cstdlib>

namespace dfkd {

void StartLog() {
  spdlog::set_default_logger(spdlog::stderr_color_mt("dfkd"));
  spdlog::set_pattern("%^%l%$: %v");
  const char* level = std::getenv("DFKD_LOG");
  spdlog::set_level(level ? spdlog::level::from_str(level) : spdlog::level::info);
}

}  // namespace dfkd
