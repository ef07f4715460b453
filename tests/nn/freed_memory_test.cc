#include "bench/nn/freed_memory.h"

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <cstring>

namespace dfkd::freed_memory_test {

constexpr size_t kBytes = 24 << 20;

// Pages that the system had to provide while a block was filled.
long PagesProvided() {
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  void* block = std::malloc(kBytes);
  std::memset(block, 1, kBytes);
  volatile const char* seen = static_cast<const char*>(block);
  static_cast<void>(seen[kBytes / 2]);
  std::free(block);
  ::getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

#ifdef __GLIBC__
BOOST_AUTO_TEST_CASE(freed_memory_is_used_again_and_goes_back_at_the_end) {
  long again = 0;
  {
    const KeepFreedMemory keep;
    PagesProvided();
    again = PagesProvided();
  }
  BOOST_TEST(again < 10);
  BOOST_TEST(PagesProvided() > again);
}
#endif

// Also where the stage ended because the GPU did.
BOOST_AUTO_TEST_CASE(a_gpu_that_is_not_there_is_nobodys_error) {
  BOOST_CHECK_NO_THROW(KeepFreedMemory(c10::Device(c10::kCUDA, 0)));
}

}  // namespace dfkd::freed_memory_test
