// cells/<matrix>/<id>.html: everything about one cell.
#include <fmt/format.h>

#include <algorithm>

#include "leaderboard/pages/html.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"

namespace dfkd::site {
namespace {

using html::Element;
using html::Escape;
using html::Missing;
using html::Percent;

constexpr char kRoot[] = "../../";

std::string Region(const std::string& label, const std::string& table) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n",
      Escape(label), table);
}

std::string Heading(const Score& score) {
  const auto& cell = score.cell;
  return fmt::format(
      "<nav aria-label=\"Breadcrumb\"><a href=\"{}index.html\">Leaderboard</a> › {}</nav>\n"
      "<h1>{} <span class=\"sub\">against</span> {}</h1>\n"
      "<p class=\"facts\">{} on {}, {}, seeds {} (teacher · student), evaluated on {} images, "
      "track {}, preset {}</p>\n",
      kRoot, Escape(score.matrix), Escape(cell.defense), Escape(cell.attack),
      Escape(cell.distiller), Escape(cell.dataset), Escape(NetworkText(cell)),
      Escape(SeedText(cell)), Escape(score.evaluated_on), Escape(score.track),
      Escape(score.preset));
}

std::string Notices(const Score& score) {
  std::string notices;
  if (score.demonstration) {
    notices +=
        "<p class=\"banner\"><strong>Demonstration.</strong> Too small to conclude anything "
        "from.</p>\n";
  }
  if (score.status != Status::kOk) {
    notices += fmt::format("<p class=\"banner bad\"><strong>{}.</strong> {}</p>\n",
                           Escape(StatusText(score.status)), Escape(score.reason.value_or("")));
  }
  if (score.validity.empty()) return notices;
  notices += "<ul class=\"flags\">";
  for (const auto& flag : score.validity) {
    notices += fmt::format("<li><span class=\"tag\">{}</span> {}</li>", Escape(flag),
                           Escape(FlagText(flag)));
  }
  return notices + "</ul>\n";
}

std::optional<Count> CountOf(const Score& score, const char* who,
                             std::optional<Count> Counts::*which) {
  const auto found = score.counts.find(who);
  return found == score.counts.end() ? std::nullopt : found->second.*which;
}

// --- numbers ---

std::string Tile(const char* name, const std::string& value, const std::string& detail) {
  return fmt::format(
      "<div class=\"tile\"><dt>{}</dt><dd><span class=\"big\">{}</span> <span "
      "class=\"ci\">{}</span>"
      "</dd></div>\n",
      name, value, detail);
}

std::string IntervalText(const std::optional<Count>& count) {
  return count ? html::Interval(count->hits, count->of) : "";
}

// What the tile shows, and what else the cell took.
std::string TimeDetail(const Score& score) {
  const auto device = Escape(score.numerics.device);
  if (!score.cost.total_seconds) return device;
  return fmt::format("what the defender pays, on {}; with teacher and evaluation {}", device,
                     html::Duration(*score.cost.total_seconds));
}

std::string Tiles(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto floor = score.floor.value_or(FloorScore());
  std::string transfer = "";
  if (student.asr && teacher.asr) {
    if (const auto ratio = TransferRatio(*student.asr, *teacher.asr)) {
      transfer = fmt::format("{:.2f} of the teacher's", *ratio);
    }
  }
  return "<dl class=\"tiles\">\n" +
         Tile("Student ACC %", Percent(student.acc, why),
              IntervalText(CountOf(score, "student", &Counts::clean))) +
         Tile("Student ASR %", Percent(student.asr, why),
              IntervalText(CountOf(score, "student", &Counts::target))) +
         Tile("Teacher ASR %", Percent(teacher.asr, why), transfer) +
         Tile("Floor %", Percent(floor.asr, why), "clean teacher's student") +
         Tile("Time",
              score.cost.wall_seconds ? html::Duration(*score.cost.wall_seconds) : Missing(why),
              TimeDetail(score)) +
         "</dl>\n";
}

std::string NumberRow(const char* name, std::optional<double> value,
                      const std::optional<Count>& count, const std::string& why) {
  const auto counted = count ? fmt::format("{} of {}", count->hits, count->of) : Missing(why);
  const auto interval = count ? IntervalText(count) : Missing(why);
  return fmt::format(
      "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td>"
      "<td class=\"n\">{}</td></tr>\n",
      name, Percent(value, why), counted, interval);
}

std::string Numbers(const Score& score) {
  const auto why = WhyMissing(score);
  const auto student = score.student.value_or(StudentScore());
  const auto teacher = score.teacher.value_or(TeacherScore());
  const auto floor = score.floor.value_or(FloorScore());
  const auto at = [&](const char* who, std::optional<Count> Counts::*which) {
    return CountOf(score, who, which);
  };
  const std::string uncounted = "not counted in images";
  const auto head =
      "<table class=\"numbers\"><thead><tr><th scope=\"col\">Number</th><th "
      "scope=\"col\">%</th><th scope=\"col\">"
      "Images</th><th scope=\"col\">95 % Wilson</th></tr></thead><tbody>\n";
  return "<h2>Numbers</h2>\n" +
         Region("Numbers",
                head + NumberRow("Student ACC", student.acc, at("student", &Counts::clean), why) +
                    NumberRow("Student ASR", student.asr, at("student", &Counts::target), why) +
                    NumberRow("Student RA", student.ra, at("student", &Counts::true_label), why) +
                    NumberRow("Agreement with the teacher", student.agreement, {},
                              student.agreement ? uncounted : why) +
                    NumberRow("Teacher ACC", teacher.acc, at("teacher", &Counts::clean), why) +
                    NumberRow("Teacher ASR", teacher.asr, at("teacher", &Counts::target), why) +
                    NumberRow("Clean teacher ACC", teacher.clean_acc, {},
                              teacher.clean_acc ? uncounted : why) +
                    NumberRow("Floor ASR", floor.asr, at("floor", &Counts::target), why) +
                    "</tbody></table>");
}

std::string PerClass(const Score& score) {
  if (!score.student || !score.student->acc_per_class) return "";
  std::string head, row;
  const auto& classes = *score.student->acc_per_class;
  for (size_t i = 0; i < classes.size(); ++i) {
    head += fmt::format("<th scope=\"col\">{}</th>", i);
    row += "<td class=\"n\">" + Percent(classes[i], "no test image of this class") + "</td>";
  }
  return Region(
      "Accuracy per class",
      "<table class=\"classes\"><caption>Student ACC per class, percent</caption><thead><tr>" +
          head + "</tr></thead><tbody><tr>" + row + "</tr></tbody></table>");
}

// --- pictures and curves ---

std::string Pictures(const Score& score, const std::vector<std::string>& pictures) {
  static const std::map<std::string, std::string> captions = {
      {"clean", "Clean test images"},
      {"trigger", "The trigger"},
      {"triggered", "The same images, triggered"},
      {"difference", "What the trigger changes, contrast stretched"},
      {"synthetic", "What the student was trained on"}};
  std::string figures;
  for (const char* kind : {"clean", "triggered", "difference", "trigger", "synthetic"}) {
    if (std::find(pictures.begin(), pictures.end(), kind) == pictures.end()) continue;
    figures += fmt::format(
        "<figure><img src=\"{}{}/{}.png\" alt=\"{}\"><figcaption>{}</figcaption></figure>\n", kRoot,
        Escape(MediaFolder(score)), kind, captions.at(kind), captions.at(kind));
  }
  if (figures.empty()) return "";
  return "<h2>Pictures</h2><div class=\"pictures\">\n" + figures + "</div>\n";
}

// Points of two lists in step; what is not a number is left out.
std::vector<std::pair<double, double>> Zip(const Json& x, const Json& y) {
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; x.is_array() && y.is_array() && i < std::min(x.size(), y.size()); ++i) {
    if (x[i].is_number() && y[i].is_number()) points.emplace_back(x[i], y[i]);
  }
  return points;
}

std::string Curves(const Json& curves) {
  if (!curves.is_object()) return "";
  const Json rounds = curves.value("round", Json::array());
  const auto chart = svg::LineChart(
      {"curves", "ACC and ASR of the student over rounds",
       "Accuracy and attack success rate of the student at snapshots of the distillation", "round",
       "%"},
      {{"ACC", "acc", Zip(rounds, curves.value("acc", Json()))},
       {"ASR", "asr", Zip(rounds, curves.value("asr", Json()))}},
      true);
  if (chart.empty()) return "";
  return "<h2>Curves</h2><figure>" + chart +
         "<figcaption>ACC (solid) and ASR (dashed) of snapshots. The score is the last round, not "
         "the best.</figcaption></figure>\n";
}

std::string Log(const Json& log) {
  if (!log.is_object()) return "";
  std::string charts;
  for (const auto& [name, series] : log.items()) {
    std::vector<std::pair<double, double>> points;
    for (const auto& point : series) {
      if (point.is_array() && point.size() == 2 && point[0].is_number() && point[1].is_number()) {
        points.emplace_back(point[0], point[1]);
      }
    }
    const auto chart = svg::LineChart(
        {fmt::format("log{}", charts.size()), name, name + " over rounds", "round", ""},
        {{"last", "plain", points}}, false);
    if (!chart.empty()) {
      charts += "<figure>" + chart + "<figcaption>" + Escape(name) + "</figcaption></figure>\n";
    }
  }
  if (charts.empty()) return "";
  return "<h2>Logged scalars</h2><div class=\"small\">" + charts + "</div>\n";
}

// --- options and making ---

std::string OptionRows(const Json& options) {
  std::string rows;
  for (const auto& [name, value] : options.items()) {
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td><code>{}</code></td></tr>\n",
                        Escape(name), Escape(text));
  }
  return rows.empty() ? "<tr><td colspan=\"2\">no options</td></tr>" : rows;
}

std::string OptionTable(const std::string& caption, const Json& options) {
  return "<table><caption>" + Escape(caption) +
         "</caption><thead><tr><th scope=\"col\">Option</th><th scope=\"col\">Value</th></tr>"
         "</thead><tbody>" +
         OptionRows(options) + "</tbody></table>\n";
}

std::string EntryTables(const std::string& role, const Entry& entry) {
  std::string tables =
      OptionTable(fmt::format("{}: {}, revision {}{}", role, entry.plugin, entry.revision,
                              entry.attack_aware ? ", attack-aware" : ""),
                  entry.options);
  for (const auto& part : entry.parts) tables += EntryTables("part of the " + role, part);
  return tables;
}

std::string Options(const Score& score) {
  std::string tables;
  for (const auto& [axis, entry] : score.entries) {
    tables += EntryTables(axis == "defense" ? "defence" : axis, entry);
  }
  if (score.teacher_recipe.is_object()) tables += OptionTable("teacher", score.teacher_recipe);
  return "<h2>Options</h2><div class=\"options\">" + tables + "</div>\n";
}

// Single quotes keep everything but a single quote from the shell.
std::string ShellWord(const std::string& text) {
  const auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";
  if (!text.empty() && text.find_first_not_of(plain) == text.npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string ReproduceCommand(const Score& score) {
  const auto& cell = score.cell;
  return fmt::format(
      "dfkd run {} --datasets {} --attacks {} --distillers {} --defenses {} --teacher-seeds {} "
      "--student-seeds {}",
      ShellWord(score.matrix), ShellWord(cell.dataset), ShellWord(cell.attack),
      ShellWord(cell.distiller), ShellWord(cell.defense), cell.teacher_seed, cell.student_seed);
}

std::string Fact(const std::string& name, const std::string& value_html) {
  return "<dt>" + Escape(name) + "</dt><dd>" + value_html + "</dd>\n";
}

std::string Optional(const std::optional<double>& seconds) {
  return seconds ? html::Duration(*seconds) : Missing("not measured");
}

std::string StageTable(const Score& score) {
  std::string rows;
  const auto& provenance = score.provenance;
  for (const auto& [label, key] : provenance.stages) {
    const auto seconds = score.cost.stages.find(label);
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td><code>{}</code></td><td class=\"n\">{}</td></tr>\n",
        Escape(label), Escape(key),
        seconds == score.cost.stages.end() ? Missing("not measured")
                                           : html::Duration(seconds->second));
  }
  for (const auto& [label, digest] : provenance.artifacts) {
    rows += fmt::format(
        "<tr><th scope=\"row\">{} (SHA-256)</th><td><code>{}</code></td><td "
        "class=\"n\">{}</td></tr>\n",
        Escape(label), Escape(digest), Missing("an artifact takes no time"));
  }
  return Region("Stages and artifacts",
                "<table><caption>Stages by key, artifacts by content</caption><thead><tr><th "
                "scope=\"col\">Stage</th><th scope=\"col\">Key</th><th scope=\"col\">Time</th></tr>"
                "</thead><tbody>" +
                    rows + "</tbody></table>");
}

std::string Making(const Score& score) {
  const auto& numerics = score.numerics;
  const auto& provenance = score.provenance;
  return "<h2>How it was made</h2>\n<p>To reproduce:</p><pre><code>" +
         Escape(ReproduceCommand(score)) + "</code></pre>\n<dl class=\"facts-list\">" +
         Fact("Version",
              Escape(provenance.version) + " (" +
                  Element("code", Escape(provenance.commit.empty() ? "unknown commit"
                                                                   : provenance.commit)) +
                  ")") +
         Fact("Created", Escape(provenance.created)) +
         Fact("Numerics",
              fmt::format("{} on {}, {} thread{}, {}", Escape(numerics.profile),
                          Escape(numerics.device), numerics.threads,
                          numerics.threads == 1 ? "" : "s",
                          numerics.deterministic ? "deterministic" : "not deterministic")) +
         Fact("Wall time", Optional(score.cost.wall_seconds)) +
         Fact("Wall time with teacher and evaluation", Optional(score.cost.total_seconds)) +
         Fact("CPU time", Optional(score.cost.cpu_seconds)) +
         Fact("GPU time", Optional(score.cost.gpu_seconds)) +
         Fact("Peak memory", score.cost.peak_bytes ? html::Bytes(*score.cost.peak_bytes)
                                                   : Missing("not measured")) +
         Fact("Data", Element("code", Escape(score.data.fingerprint))) +
         Fact("Digest of this score", Element("code", Digest(score))) + "</dl>\n" +
         StageTable(score) +
         fmt::format("<p><a href=\"{}.json\">Raw score (JSON)</a></p>\n",
                     Escape(CellId(score.cell)));
}

}  // namespace

std::string CellPage(const Score& score, const Json& curves, const Json& log,
                     const std::vector<std::string>& pictures) {
  const auto title =
      fmt::format("{} against {} · dfkd-bench", score.cell.defense, score.cell.attack);
  return Page(title, kRoot,
              Heading(score) + Notices(score) + Tiles(score) + Pictures(score, pictures) +
                  Curves(curves) + Numbers(score) + PerClass(score) + Log(log) + Options(score) +
                  Making(score));
}

}  // namespace dfkd::site
