#include "leaderboard/pages/papers.h"

#include <fmt/ranges.h>

#include <map>
#include <utility>

#include "bench/core/json.h"

namespace dfkd::site {
namespace {

constexpr std::pair<const char*, const char*> kKinds[] = {
    {"booktitle", "inproceedings"}, {"journal", "article"}, {"institution", "techreport"}};

Paper PaperFrom(const Json& json) {
  Paper paper{.title = json.at("title"), .kind = "misc", .year = json.at("year")};
  for (const auto& [field, kind] : kKinds) {
    if (!json.contains(field)) continue;
    paper.kind = kind;
    paper.field = field;
    paper.venue = json.at(field).get<std::string>();
  }
  if (json.contains("authors")) paper.authors = json.at("authors").get<std::vector<std::string>>();
  return paper;
}

const std::map<std::string, Paper>& Papers() {
  static const auto papers = [] {
    std::map<std::string, Paper> all;
    const auto json = ParseJson(PaperFiles().At("papers.json"), "papers.json");
    for (const auto& [address, one] : json.items()) all[address] = PaperFrom(one);
    return all;
  }();
  return papers;
}

std::string FamilyName(const std::string& author) {
  return author.substr(author.rfind(' ') + 1);  // npos + 1 is 0: the whole
}

// Lower-case letters and digits up to the first other sign: "BadNets: …" is "badnets".
std::string KeyWord(const std::string& text) {
  std::string word;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) break;
    word += static_cast<char>(upper ? c - 'A' + 'a' : c);
  }
  return word;
}

// "hong2023revisiting".
std::string KeyOf(const Paper& paper) {
  const auto author = paper.authors.empty() ? "" : KeyWord(FamilyName(paper.authors.front()));
  return fmt::format("{}{}{}", author, paper.year, KeyWord(paper.title));
}

std::string After(const std::string& text, const std::string& part) {
  const auto at = text.find(part);
  return at == text.npos ? "" : text.substr(at + part.size());
}

// By what an address says of itself.
std::string AddressFields(const std::string& address) {
  std::string fields;
  if (const auto arxiv = After(address, "arxiv.org/abs/"); !arxiv.empty())
    fields += fmt::format("  eprint = {{{}}},\n  archivePrefix = {{arXiv}},\n", arxiv);
  if (const auto doi = After(address, "doi.org/"); !doi.empty())
    fields += fmt::format("  doi = {{{}}},\n", doi);
  return fields + fmt::format("  url = {{{}}},\n", address);
}

// Braces keep the capitals of a title.
std::string KnownFields(const Paper& paper) {
  std::string fields;
  if (!paper.authors.empty())
    fields += fmt::format("  author = {{{}}},\n", fmt::join(paper.authors, " and "));
  fields += fmt::format("  title = \"{{{}}}\",\n  year = {{{}}},\n", paper.title, paper.year);
  if (!paper.venue.empty()) fields += fmt::format("  {} = {{{}}},\n", paper.field, paper.venue);
  return fields;
}

}  // namespace

const Paper& PaperAt(const std::string& address) {
  static const Paper unknown;
  const auto found = Papers().find(address);
  return found == Papers().end() ? unknown : found->second;
}

std::vector<std::string> KnownPapers() {
  std::vector<std::string> addresses;
  for (const auto& [address, unused] : Papers()) addresses.push_back(address);
  return addresses;
}

std::string PaperBy(const Paper& paper) {
  if (paper.title.empty()) return "";
  std::string by;
  if (!paper.authors.empty()) by = FamilyName(paper.authors.front());
  if (paper.authors.size() == 2 && paper.authors.back() != "others")
    by += " and " + FamilyName(paper.authors.back());
  else if (paper.authors.size() > 1)
    by += " et al.";
  if (!by.empty()) by += ", ";
  if (!paper.venue.empty()) by += paper.venue + " ";
  return by + std::to_string(paper.year);
}

std::string BibtexOf(const std::string& plugin, const std::string& address) {
  if (address.empty()) return "";
  const auto& paper = PaperAt(address);
  const bool known = !paper.title.empty();
  return fmt::format("@{}{{{},\n{}{}}}", known ? paper.kind : "misc", known ? KeyOf(paper) : plugin,
                     known ? KnownFields(paper) : "", AddressFields(address));
}

}  // namespace dfkd::site
