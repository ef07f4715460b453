#include <sched.h>
#include <sys/mount.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "bench/store/lease_record.h"
#include "bench/store/work.h"
#include "tests/store/store_testing.h"

namespace dfkd::lease_test {

using namespace testing;  // NOLINT: the helpers of this folder
using namespace std::chrono_literals;

struct InWork {
  ScratchFolder scratch;
  WorkFolder work{scratch.path(), std::string(64, 'a')};
  fs::path lease = work.folder() / "lease";

  // A lease as another process would have left it.
  void Plant(const store::LeaseRecord& record, std::chrono::seconds age = 0s) {
    Write(lease, store::ToText(record));
    MakeOlder(age);
  }
  // By the clock of the file system, as leases are judged.
  void MakeOlder(std::chrono::seconds age) {
    fs::last_write_time(lease, fs::last_write_time(lease) - age);
  }
  store::LeaseRecord OfADeadProcess() {
    store::LeaseRecord record = store::OwnRecord();
    record.pid = Fork([] { return 0; });
    Wait(static_cast<pid_t>(record.pid));
    return record;
  }
};

// Ages far from the 60 s at which a lease becomes void, as a machine may be slow between two lines.
constexpr auto kYoung = 20s, kOld = 3600s;

BOOST_FIXTURE_TEST_SUITE(lease_suite, InWork)

BOOST_AUTO_TEST_CASE(a_lease_is_held_until_it_is_destroyed) {
  auto first = TryAcquire(work);
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(first->Held());
  BOOST_TEST(!TryAcquire(work).has_value());
  BOOST_TEST(Contains(DescribeLease(work).value(), fmt::format("pid {}", ::getpid())));
  first.reset();
  BOOST_TEST(!DescribeLease(work).has_value());
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_moved_lease_stays_held) {
  auto first = TryAcquire(work);
  Lease second = std::move(*first);
  first.reset();
  BOOST_TEST(second.Held());
  BOOST_TEST(!TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(keys_have_leases_of_their_own) {
  const auto first = TryAcquire(work);
  const auto second = TryAcquire(WorkFolder(scratch.path(), std::string(64, 'b')));
  BOOST_TEST((first && second));
  BOOST_TEST(!ErrorOf([&] { WorkFolder(scratch.path(), "../x"); }).empty());
}

BOOST_AUTO_TEST_CASE(a_killed_holder_leaves_a_void_lease) {
  const pid_t child = Fork([&] {
    const auto held = TryAcquire(work);
    return ::raise(SIGKILL);
  });
  BOOST_TEST(WIFSIGNALED(Wait(child)));
  BOOST_TEST(fs::exists(lease));
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_zombie_holds_nothing) {
  store::LeaseRecord record = store::OwnRecord();
  const pid_t child = Fork([] { return 0; });
  record.pid = child;
  siginfo_t info;
  ::waitid(P_PID, child, &info, WEXITED | WNOWAIT);  // dead, not reaped
  Plant(record);
  BOOST_TEST(TryAcquire(work).has_value());
  Wait(child);
}

BOOST_AUTO_TEST_CASE(a_dead_process_makes_it_void_at_once) {
  Plant(OfADeadProcess());
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_process_id_that_was_given_out_again_does_not_hold_it) {
  store::LeaseRecord record = store::OwnRecord();
  Plant(record);
  BOOST_TEST(!TryAcquire(work).has_value());
  record.started = "1";
  Plant(record);
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(of_other_hosts_boots_and_containers_only_the_time_tells) {
  const auto elsewhere = [&](std::string store::LeaseRecord::*field) {
    store::LeaseRecord record = OfADeadProcess();
    record.*field += " of another";
    return record;
  };
  for (const auto field :
       {&store::LeaseRecord::host, &store::LeaseRecord::boot, &store::LeaseRecord::pid_namespace}) {
    Plant(elsewhere(field), kYoung);
    BOOST_TEST(!TryAcquire(work).has_value());
    Plant(elsewhere(field), kOld);
    BOOST_TEST(TryAcquire(work).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_living_process_that_stopped_touching_loses_it) {
  Plant(store::OwnRecord(), kOld);
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_stamp_of_the_future_holds_nobody_up) {
  auto elsewhere = OfADeadProcess();
  elsewhere.host += " of another";
  Plant(elsewhere, -kYoung);  // clocks of two machines may differ by so much
  BOOST_TEST(!TryAcquire(work).has_value());
  Plant(elsewhere, -kOld);
  BOOST_TEST(TryAcquire(work).has_value());
}

// /proc may hide the processes of other users (hidepid): no sign that they are gone.
BOOST_AUTO_TEST_CASE(a_holder_whose_state_is_hidden_is_not_taken_for_dead) {
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can hide processes");
    return;
  }
  const auto record = store::OwnRecord();
  const pid_t child = Fork([&] {
    if (::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 || ::setuid(65534) != 0) return 77;
    return store::ProcessIsGone(record) ? 1 : 0;
  });
  const int code = WEXITSTATUS(Wait(child));
  if (code == 77) BOOST_TEST_MESSAGE("skipped: no namespace of mounts here");
  BOOST_TEST((code == 0 || code == 77));
}

BOOST_AUTO_TEST_CASE(who_slept_removes_nothing_of_the_next_holder) {
  const LeaseTiming asleep{.touch_every = 3600s, .void_after = 60s};
  auto first = TryAcquire(work, asleep);
  MakeOlder(kOld);
  const auto second = TryAcquire(work);
  const auto staging = work.NewStaging();
  first->RemoveWork();
  BOOST_TEST(second->Held());
  BOOST_TEST(fs::exists(staging));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_removed_is_no_error_after_the_work_is_done) {
  auto held = TryAcquire(work);
  fs::remove_all(scratch.path() / "work");
  held->RemoveWork();
  BOOST_TEST(!held->Held());
}

// A network file system keeps the name of a file that is open, and with it the folder.
bool lease_was_open = false;
void LookForOpenLease(const char* point) {
  if (std::string_view(point) != "remove: renamed") return;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    lease_was_open |= fs::read_symlink(entry.path(), gone).filename() == "lease";
  }
}

BOOST_AUTO_TEST_CASE(the_lease_is_closed_before_its_folder_is_removed) {
  lease_was_open = false;
  auto held = TryAcquire(work);
  store::testing::crash_point = LookForOpenLease;
  held->RemoveWork();
  store::testing::crash_point = nullptr;
  BOOST_TEST(!lease_was_open);
  BOOST_TEST(!fs::exists(work.folder()));
}

BOOST_AUTO_TEST_CASE(a_dead_holder_is_not_shown_as_one) {
  Plant(OfADeadProcess());
  BOOST_TEST(!DescribeLease(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_lease_that_nobody_touches_any_more_is_not_shown) {
  auto elsewhere = OfADeadProcess();
  elsewhere.host += " of another";
  Plant(elsewhere, kYoung);
  BOOST_TEST(Contains(DescribeLease(work).value(), "of another, pid "));
  for (const auto age : {kOld, -kOld}) {
    Plant(elsewhere, age);
    BOOST_TEST(!DescribeLease(work).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_sweep_removes_what_is_finished_or_long_half_removed_and_nothing_else) {
  const auto folder = [&](char digit) {
    return work.folder().parent_path() / std::string(64, digit);
  };
  const auto trash = [&](const char* name) { return work.folder().parent_path() / name; };
  const auto busy = TryAcquire(WorkFolder(scratch.path(), std::string(64, 'c')));
  Write(folder('a') / "checkpoint", ""), Write(folder('b') / "checkpoint", "");
  Write(trash(".trash-old") / "x", ""), Write(trash(".trash-new") / "x", "");
  fs::last_write_time(trash(".trash-old"), fs::file_time_type::clock::now() - 2h);
  SweepWork(scratch.path(), [](const std::string& key) { return key[0] != 'b'; });
  BOOST_TEST(!fs::exists(folder('a')));
  BOOST_TEST(fs::exists(folder('b')));
  BOOST_TEST(fs::exists(folder('c')));
  BOOST_TEST(!fs::exists(trash(".trash-old")));
  BOOST_TEST(fs::exists(trash(".trash-new")));
}

BOOST_AUTO_TEST_CASE(a_lease_that_cannot_be_read_is_void_by_time_only) {
  Write(lease, "");
  BOOST_TEST(!TryAcquire(work).has_value());
  MakeOlder(kOld);
  BOOST_TEST(TryAcquire(work).has_value());
}

BOOST_AUTO_TEST_CASE(a_process_id_that_is_no_whole_number_makes_no_lease) {
  for (const char* pid : {"1e308", "2.5", "true", "\"7\"", "null"}) {
    Json text = Json::parse(store::ToText(store::OwnRecord()));
    text["pid"] = Json::parse(pid);
    BOOST_TEST(!store::LeaseRecordFrom(text.dump()), pid);
  }
}

BOOST_AUTO_TEST_CASE(a_held_lease_is_touched) {
  const LeaseTiming quick{.touch_every = 20ms, .void_after = 60s};
  const auto held = TryAcquire(work, quick);
  const auto fresh = fs::last_write_time(lease);
  MakeOlder(kOld);
  const auto touched = [&] { return fs::last_write_time(lease) > fresh - kYoung; };
  for (int i = 0; i < 10'000 && !touched(); ++i) std::this_thread::sleep_for(10ms);
  BOOST_TEST(touched());
}

BOOST_AUTO_TEST_CASE(who_lost_a_lease_knows_it_and_does_not_release_the_next_one) {
  const LeaseTiming asleep{.touch_every = 3600s, .void_after = 60s};
  auto first = TryAcquire(work, asleep);
  MakeOlder(kOld);
  const auto second = TryAcquire(work);
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST(!first->Held());
  first.reset();
  BOOST_TEST(second->Held());
}

// Where nothing can be locked another may take it over between two steps of ours.
BOOST_AUTO_TEST_CASE(who_finds_the_lease_of_another_where_its_own_was_has_none) {
  static fs::path taken;
  taken = lease;
  store::testing::crash_point = [](const char* point) {
    if (std::string_view(point) == "lease: written")
      Write(taken, store::ToText(store::OwnRecord()));
  };
  const auto acquired = TryAcquire(work);
  store::testing::crash_point = nullptr;
  BOOST_TEST(!acquired.has_value());
  BOOST_TEST(fs::exists(lease));
}

BOOST_AUTO_TEST_CASE(a_forked_child_does_not_release_the_lease_of_its_parent,
                     *boost::unit_test::timeout(300)) {
  auto held = TryAcquire(work);
  std::this_thread::sleep_for(50ms);  // until the thread of the lease waits
  const pid_t child = Fork([&] {
    held.reset();
    return 0;
  });
  BOOST_TEST(Wait(child) == 0);
  BOOST_TEST(held->Held());
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_is_an_error_of_class_io) {
  Write(scratch.path() / "work", "a file where a folder should be");
  BOOST_TEST(ThrowsIo([&] { TryAcquire(work); }));
  BOOST_TEST(ThrowsIo([&] { work.NewStaging(); }));
}

// Each process takes the lease 100 times; while it holds it, it alone may hold a second mark.
BOOST_AUTO_TEST_CASE(two_processes_competing_200_times_never_hold_it_together) {
  const fs::path mark = scratch.path() / "mark";
  const auto compete = [&] {
    for (int taken = 0; taken < 100;) {
      const auto held = TryAcquire(work);
      if (!held) continue;
      if (!store::WriteNewFile(mark, "")) return 1;
      std::this_thread::yield();
      fs::remove(mark);
      ++taken;
    }
    return 0;
  };
  const pid_t first = Fork(compete), second = Fork(compete);
  BOOST_TEST(Wait(first) == 0);
  BOOST_TEST(Wait(second) == 0);
}

class Pipe {
 public:
  Pipe() { BOOST_REQUIRE(::pipe(ends_.data()) == 0); }
  ~Pipe() {
    for (const int end : ends_) ::close(end);
  }
  void Put(char byte) const { BOOST_REQUIRE(::write(ends_[1], &byte, 1) == 1); }
  char Get() const {
    char byte = 0;
    return ::read(ends_[0], &byte, 1) == 1 ? byte : '?';
  }

 private:
  std::array<int, 2> ends_{};
};

// The holder of each round dies without releasing, so every round is a race for a void lease.
BOOST_AUTO_TEST_CASE(of_two_takers_of_a_void_lease_exactly_one_gets_it_200_times) {
  Plant(OfADeadProcess());
  const Pipe start, result, finish;
  const auto take = [&] {
    start.Get();
    const auto held = TryAcquire(work);
    result.Put(held ? '1' : '0');
    finish.Get();
    return ::raise(SIGKILL);
  };
  for (int round = 0; round < 200; ++round) {
    const pid_t first = Fork(take), second = Fork(take);
    for (int i = 0; i < 2; ++i) start.Put('s');
    const int holders = (result.Get() == '1') + (result.Get() == '1');
    for (int i = 0; i < 2; ++i) finish.Put('f');
    Wait(first);
    Wait(second);
    BOOST_REQUIRE(holders == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::lease_test
