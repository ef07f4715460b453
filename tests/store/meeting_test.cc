#include "bench/store/meeting.h"

#include <boost/test/unit_test.hpp>
#include <future>

#include "tests/store/store_testing.h"

namespace dfkd::meeting_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

struct Meeters {
  std::future<StoreMeeting> Come(double skew, milliseconds patience = milliseconds(20'000)) {
    return std::async(std::launch::async,
                      [=, this] { return MeetAtStore(scratch.path(), skew, patience); });
  }
  ScratchFolder scratch;
};

BOOST_FIXTURE_TEST_SUITE(meeting, Meeters)

BOOST_AUTO_TEST_CASE(two_that_meet_see_what_the_other_does_and_leave_nothing) {
  auto one = Come(0.5), two = Come(-0.25);
  const auto first = one.get(), second = two.get();
  BOOST_TEST(first.host == store::HostName());
  BOOST_TEST(first.skew_seconds == -0.25);
  BOOST_TEST(second.skew_seconds == 0.5);
  for (const auto seconds : {&StoreMeeting::made_seconds, &StoreMeeting::renamed_seconds,
                             &StoreMeeting::removed_seconds}) {
    const double here = first.*seconds, there = second.*seconds;
    BOOST_TEST(here == there);
    BOOST_TEST(here > 0);
  }
  BOOST_TEST(fs::is_empty(scratch.path()));
}

BOOST_AUTO_TEST_CASE(who_is_alone_is_told_so_and_leaves_nothing) {
  const auto error = ErrorOf([&] { Come(0, milliseconds(30)).get(); });
  BOOST_TEST(Contains(error, "nobody came within 0.03 s"), error);
  BOOST_TEST(fs::is_empty(scratch.path()));
}

BOOST_AUTO_TEST_CASE(who_has_chosen_another_one_is_not_met) {
  Write(scratch.path() / ".new-meeting-busy" / "hello.json",
        R"({"beat":1,"host":"far","process":"","skew_seconds":0,"with":"somebody"})");
  BOOST_TEST(Contains(ErrorOf([&] { Come(0, milliseconds(30)).get(); }), "nobody came"));
}

BOOST_AUTO_TEST_CASE(who_came_before_and_gives_no_sign_of_life_is_not_met) {
  const auto hello = scratch.path() / ".new-meeting-old" / "hello.json";
  Write(hello, R"({"beat":1,"host":"far","process":"","skew_seconds":0,"with":""})");
  BOOST_TEST(Contains(ErrorOf([&] { Come(0, milliseconds(30)).get(); }), "far did not choose"));
  fs::last_write_time(hello, fs::last_write_time(hello) - std::chrono::minutes(2));
  BOOST_TEST(Contains(ErrorOf([&] { Come(0, milliseconds(30)).get(); }), "nobody came"));
}

BOOST_AUTO_TEST_CASE(two_others_are_one_too_many) {
  for (const std::string token : {"a", "b"}) {
    Write(scratch.path() / (".new-meeting-" + token) / "hello.json",
          R"({"beat":1,"host":"far","process":"","skew_seconds":0,"with":""})");
  }
  BOOST_TEST(Contains(ErrorOf([&] { Come(0).get(); }), "2 others came to meet"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::meeting_test
