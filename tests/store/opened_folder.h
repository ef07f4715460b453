// Whether a folder is opened: what makes a client of a network file system ask the server whether
// it has changed, where looking at a name in it does not.
#pragma once
#include <sys/inotify.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <vector>

namespace dfkd::testing {

class OpenedFolder {
 public:
  explicit OpenedFolder(const std::filesystem::path& folder)
      : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    BOOST_TEST_REQUIRE(::inotify_add_watch(descriptor_, folder.c_str(), IN_OPEN | IN_ONLYDIR) >= 0);
  }
  ~OpenedFolder() { ::close(descriptor_); }
  OpenedFolder(const OpenedFolder&) = delete;
  OpenedFolder& operator=(const OpenedFolder&) = delete;

  // Since it was asked last; what is opened in it does not count.
  bool WasOpened() const {
    bool opened = false;
    alignas(inotify_event) char bytes[4096];
    for (ssize_t size; (size = ::read(descriptor_, bytes, sizeof bytes)) > 0;) {
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
        opened |= event->len == 0;
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      }
    }
    return opened;
  }

 private:
  const int descriptor_;
};

}  // namespace dfkd::testing
