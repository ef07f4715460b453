#include "bench/engines/peak_memory.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "bench/engines/slurm_commands.h"

namespace dfkd::peak_memory_test {

// A child that holds so much memory until it is killed.
class Holder {
 public:
  explicit Holder(size_t bytes) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
             0);
      const bool told = ::write(ends[1], "x", 1) == 1;
      while (told) ::pause();
      ::_exit(1);
    }
    char byte = 0;
    BOOST_TEST_REQUIRE(::read(ends[0], &byte, 1) == 1);
    ::close(ends[0]), ::close(ends[1]);
  }
  ~Holder() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

 private:
  pid_t pid_ = -1;
};

BOOST_AUTO_TEST_SUITE(peak_memory)

// In this order, as what has ended counts for ever.
BOOST_AUTO_TEST_CASE(children_that_live_and_those_that_have_ended_count) {
  const auto before = PeakBytesOfProcesses();
  BOOST_TEST(before > 0);
  const int64_t more = before + (int64_t{64} << 20);
  {
    const Holder child(static_cast<size_t>(more));
    BOOST_TEST(PeakBytesOfProcesses() >= more);
  }
  const int64_t most = more + (int64_t{64} << 20);
  const auto size = "bs=" + std::to_string(most);
  slurm::RunCommand({"dd", "if=/dev/zero", "of=/dev/null", "count=1", size});
  BOOST_TEST(PeakBytesOfProcesses() >= most);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::peak_memory_test
