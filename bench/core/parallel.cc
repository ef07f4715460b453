#include "bench/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace dfkd {

void ParallelFor(size_t count, const std::function<void(size_t)>& body) {
  std::atomic<size_t> next = 0;
  std::exception_ptr thrown;
  std::mutex mutex;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        thrown = std::current_exception();
      }
    }
  };
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(cores, count); ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace dfkd
