#include "bench/engines/slurm_bill.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace dfkd {
namespace {

constexpr double kSecondsOfHour = 3600;

// Axis -> ids of the entries that want the stage.
std::map<std::string, std::set<std::string>> WhoWants(const Plan& plan, StageId id) {
  std::map<std::string, std::set<std::string>> who;
  for (const auto index : plan.At(id).cells) {
    const auto& cell = plan.cells.at(index).cell;
    who["attack"].insert(cell.attack);
    who["distiller"].insert(cell.distiller);
    who["defense"].insert(cell.defense);
  }
  return who;
}

// By host, in the order of their beginnings.
using AttemptsByHost = std::map<std::string, std::vector<const Attempt*>>;

AttemptsByHost ByHost(const std::vector<Attempt>& attempts) {
  AttemptsByHost hosts;
  for (const auto& attempt : attempts) hosts[attempt.process.host].push_back(&attempt);
  for (auto& [host, own] : hosts) {
    std::stable_sort(own.begin(), own.end(),
                     [](const Attempt* a, const Attempt* b) { return a->begun < b->begun; });
  }
  return hosts;
}

// Null if it is nobody's.
const Attempt* WhoComputed(const HistoryLine& line, const AttemptsByHost& hosts) {
  const auto found = hosts.find(line.host);
  if (found == hosts.end()) return nullptr;
  const auto& own = found->second;
  const auto later = std::upper_bound(
      own.begin(), own.end(), line.created,
      [](const std::string& moment, const Attempt* attempt) { return moment < attempt->begun; });
  return later == own.begin() ? nullptr : *std::prev(later);
}

void Charge(const Plan& plan, StageId id, double seconds, Bill& bill) {
  bill.seconds += seconds;
  const auto who = WhoWants(plan, id);
  if (who.empty()) bill.reference_seconds += seconds;
  for (const auto& [axis, entries] : who) {
    for (const auto& entry : entries)
      bill.by[axis][entry] += seconds / static_cast<double>(entries.size());
  }
}

// "badnets 3.2, blend 2.9", the dearest first.
std::string HoursByEntry(const std::map<std::string, double>& entries) {
  std::vector<std::pair<std::string, double>> sorted(entries.begin(), entries.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  for (const auto& [entry, seconds] : sorted)
    parts.push_back(fmt::format("{} {:.3g}", entry, seconds / kSecondsOfHour));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string AskedAndUsed(double asked, double used, const char* what) {
  if (asked <= 0) return "";
  return fmt::format(
      "of {:.3g} {} hours asked for, {:.3g} at work on what was published ({:.0f}%)\n", asked, what,
      used, 100 * used / asked);
}

}  // namespace

Bill BillOf(const Plan& plan, const History& history, const std::vector<Attempt>& attempts) {
  Bill bill;
  const auto hosts = ByHost(attempts);
  for (const auto& line : history.lines()) {
    const auto id = plan.Find(line.kind + "/" + line.key);
    if (id == kNoStage || line.seconds <= 0) continue;
    Charge(plan, id, line.seconds, bill);
    const auto* attempt = WhoComputed(line, hosts);
    if (attempt == nullptr) continue;
    bill.used_gpu_hours += line.seconds * attempt->gpus / kSecondsOfHour;
    bill.used_cpu_hours += line.seconds * attempt->cpus / kSecondsOfHour;
  }
  const auto spent = AccountOf(attempts);
  bill.asked_gpu_hours = spent.gpu_hours, bill.asked_cpu_hours = spent.cpu_hours;
  return bill;
}

Json DescribeBill(const Bill& bill) {
  return {{"seconds", bill.seconds},
          {"reference_seconds", bill.reference_seconds},
          {"by", bill.by},
          {"gpu_hours", {{"asked", bill.asked_gpu_hours}, {"used", bill.used_gpu_hours}}},
          {"cpu_hours", {{"asked", bill.asked_cpu_hours}, {"used", bill.used_cpu_hours}}}};
}

std::string TellBill(const Bill& bill) {
  auto text = fmt::format("stages of this matrix took {:.3g} hours, {:.3g} of them references\n",
                          bill.seconds / kSecondsOfHour, bill.reference_seconds / kSecondsOfHour);
  for (const auto& [axis, entries] : bill.by)
    text += fmt::format("  by {}: {}\n", axis, HoursByEntry(entries));
  text += AskedAndUsed(bill.asked_gpu_hours, bill.used_gpu_hours, "GPU");
  return text + AskedAndUsed(bill.asked_cpu_hours, bill.used_cpu_hours, "processor");
}

}  // namespace dfkd
