// Loaded before a program (LD_PRELOAD), moves its clock by $SKEW seconds: the clock of one host, as
// others and the file server do not see it. Stamps of files, which the file server makes, stay.
// Where $SKEW begins with a slash it names a file that holds the seconds, read at every look: what
// is written to it while the program runs is a step of its clock.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

time_t SkewIn(const char* file) {
  char text[32] = {};
  const int in = ::open(file, O_RDONLY | O_CLOEXEC);
  if (in < 0) return 0;
  const bool read = ::read(in, text, sizeof(text) - 1) > 0;
  ::close(in);
  return read ? std::atol(text) : 0;
}

time_t Skew() {
  const char* skew = std::getenv("SKEW");
  if (skew == nullptr) return 0;
  return *skew == '/' ? SkewIn(skew) : std::atol(skew);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += Skew();
  return result;
}

extern "C" time_t time(time_t* seconds) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (seconds != nullptr) *seconds = now.tv_sec;
  return now.tv_sec;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec precise{};
  const int result = ::clock_gettime(CLOCK_REALTIME, &precise);
  *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return result;
}
