#include "leaderboard/standings/history.h"

#include <algorithm>
#include <map>
#include <set>

#include "bench/scores/validity.h"
#include "leaderboard/standings/design.h"
#include "leaderboard/standings/support.h"

namespace dfkd {
namespace {

// A result, as far as means hang on it.
struct Outcome {
  bool finished = false, counts = false;
  double acc = 0, asr = 0;
};

Outcome OutcomeOf(const Score& score) {
  if (!Finished(score)) return {};
  return {true, CountsForAsr(score), *score.student->acc, *score.student->asr};
}

Outcome OutcomeOf(const FormerResult& former) {
  if (!former.acc || !former.asr) return {};
  return {true, former.counts, *former.acc, *former.asr};
}

struct Arrival {
  std::string day;
  size_t cell = 0;  // position
  Outcome outcome;
};

// Numbers of some cells.
class Measured {
 public:
  void Add(const GroupCell& place, double value) {
    places_.push_back(place);
    values_.push_back(value);
  }
  int64_t Size() const { return static_cast<int64_t>(places_.size()); }
  const std::vector<GroupCell>& places() const { return places_; }

  std::optional<double> Mean() const {
    if (places_.empty()) return std::nullopt;
    return Design(UnitsOf(places_)).MeanOf(values_).mean;
  }
  std::optional<MovedBy> Moved() const {
    const auto mean = Mean();
    return mean ? std::optional(MovedBy{*mean, Size()}) : std::nullopt;
  }

 private:
  std::vector<GroupCell> places_;
  std::vector<double> values_;
};

void FillTeachers(const std::vector<GroupCell>& places, Moment& moment) {
  std::map<std::string, std::set<int64_t>> teachers;
  for (const auto& place : places) teachers[place.attack].insert(place.teacher_seed);
  moment.attacks = static_cast<int64_t>(teachers.size());
  for (const auto& [attack, seeds] : teachers) {
    const auto count = static_cast<int64_t>(seeds.size());
    const bool first = attack == teachers.begin()->first;
    moment.fewest_teachers = first ? count : std::min(moment.fewest_teachers, count);
    moment.most_teachers = std::max(moment.most_teachers, count);
  }
}

// Goes through the days of one defence.
class Sweep {
 public:
  explicit Sweep(const std::vector<const Score*>& scores) : standing_(scores.size()) {
    for (const auto* score : scores) Add(*score);
    // What happened in one cell stays in its order.
    std::stable_sort(arrivals_.begin(), arrivals_.end(),
                     [](const Arrival& a, const Arrival& b) { return a.day < b.day; });
    for (size_t i = 0; i < arrivals_.size(); ++i) {
      if (i == 0 || arrivals_[i].day != arrivals_[i - 1].day) begins_.push_back(i);
    }
  }

  EntryHistory Run(const std::string& defense) {
    EntryHistory history{.defense = defense, .moments = {}, .earlier = 0};
    const size_t first = begins_.size() > kMostMoments ? begins_.size() - kMostMoments : 0;
    history.earlier = static_cast<int64_t>(first);
    for (size_t i = 0; i < begins_.size(); ++i) {
      // Means of days that nobody is told would cost the square of the results.
      const auto before = i < first ? State() : standing_;
      auto moment = Pass(i);
      if (i < first) continue;
      Fill(before, moment);
      history.moments.push_back(std::move(moment));
    }
    return history;
  }

 private:
  using State = std::vector<std::optional<Outcome>>;  // by cell

  void Add(const Score& score) {
    const auto cell = places_.size();
    places_.push_back(PlaceOf(score));
    for (const auto& former : score.former) {
      if (former.track == score.track) Arrive(former.since, cell, OutcomeOf(former));
    }
    const auto& since = score.added.empty() ? score.provenance.created : score.added;
    Arrive(since, cell, OutcomeOf(score));
  }

  void Arrive(const std::string& time, size_t cell, const Outcome& outcome) {
    arrivals_.push_back({time.substr(0, 10), cell, outcome});
  }

  // Brings in what arrived on a day.
  Moment Pass(size_t number) {
    const auto end = number + 1 < begins_.size() ? begins_[number + 1] : arrivals_.size();
    Moment moment;
    moment.day = arrivals_[begins_[number]].day;
    std::set<size_t> replaced;
    for (size_t i = begins_[number]; i < end; ++i) {
      auto& standing = standing_[arrivals_[i].cell];
      if (standing)
        replaced.insert(arrivals_[i].cell);
      else
        ++moment.added;
      standing = arrivals_[i].outcome;
    }
    moment.replaced = static_cast<int64_t>(replaced.size());
    return moment;
  }

  void Fill(const State& before, Moment& moment) const {
    Measured acc, asr, acc_moved, asr_moved;
    for (size_t i = 0; i < places_.size(); ++i) {
      const auto &now = standing_[i], &was = before[i];
      moment.cells += now.has_value();
      if (!now || !now->finished) continue;
      acc.Add(places_[i], now->acc);
      if (now->counts) asr.Add(places_[i], now->asr);
      if (!was || !was->finished) continue;
      acc_moved.Add(places_[i], now->acc - was->acc);
      if (now->counts && was->counts) asr_moved.Add(places_[i], now->asr - was->asr);
    }
    moment.finished = acc.Size();
    moment.counted = asr.Size();
    FillTeachers(acc.places(), moment);
    moment.acc = acc.Mean();
    moment.asr = asr.Mean();
    moment.acc_moved = acc_moved.Moved();
    moment.asr_moved = asr_moved.Moved();
  }

  std::vector<GroupCell> places_;
  std::vector<Arrival> arrivals_;
  std::vector<size_t> begins_;  // of days among the arrivals
  State standing_;
};

}  // namespace

std::vector<EntryHistory> HistoriesOf(const std::vector<const Score*>& scores) {
  std::map<std::string, std::vector<const Score*>> by_defense;
  for (const auto* score : scores) by_defense[score->cell.defense].push_back(score);
  std::vector<EntryHistory> histories;
  for (const auto& [defense, own] : by_defense) histories.push_back(Sweep(own).Run(defense));
  return histories;
}

}  // namespace dfkd
