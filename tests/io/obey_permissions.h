// Makes root obey the permissions of files, as everybody else does.
#pragma once
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>

namespace dfkd::testing {

// While it lives, this thread may read, write and search only what the permissions grant. The
// thread keeps the capabilities as permitted ones, so they can be taken back at the end.
class ObeyPermissions {
 public:
  ObeyPermissions() {
    BOOST_TEST_REQUIRE(::syscall(SYS_capget, &header_, before_.data()) == 0);
    auto fewer = before_;
    fewer[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
    BOOST_TEST_REQUIRE(::syscall(SYS_capset, &header_, fewer.data()) == 0);
  }
  ~ObeyPermissions() { ::syscall(SYS_capset, &header_, before_.data()); }
  ObeyPermissions(const ObeyPermissions&) = delete;
  ObeyPermissions& operator=(const ObeyPermissions&) = delete;

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};  // 0: this thread
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> before_{};
};

}  // namespace dfkd::testing
