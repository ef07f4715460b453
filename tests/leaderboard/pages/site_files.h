// A site that is written for a test, and what is in it.
#pragma once
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "bench/io/file.h"
#include "leaderboard/pages/site.h"
#include "tests/scores/fixtures.h"

namespace dfkd {

namespace fs = std::filesystem;

inline fs::path SiteOf(const fs::path& scores, const fs::path& out) {
  fs::remove_all(out);
  WriteSite({scores}, out);
  return out;
}

inline std::map<std::string, std::string> FilesBelow(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = ReadBytes(entry.path());
    }
  }
  return files;
}

// What href and src point at, without anchors and without what they ask of the application.
inline std::vector<std::string> LinksOf(const std::string& html) {
  static const std::regex link("(?:href|src)=\"([^\"#?]*)");
  std::vector<std::string> links;
  for (std::sregex_iterator it(html.begin(), html.end(), link), end; it != end; ++it) {
    if ((*it)[1].length() > 0) links.push_back((*it)[1]);
  }
  return links;
}

// The links of these pages to an anchor that the page they lead to does not have: "page: address".
inline std::vector<std::string> LostAnchors(const std::map<std::string, std::string>& files) {
  static const std::regex link("href=\"(([^\"#?]*)[^\"#]*#([^\"]+))\"");
  std::vector<std::string> lost;
  for (const auto& [name, html] : files) {
    if (fs::path(name).extension() != ".html") continue;
    for (std::sregex_iterator it(html.begin(), html.end(), link), end; it != end; ++it) {
      const std::string file = (*it)[2], anchor = (*it)[3];
      const auto path = (fs::path(name).parent_path() / file).lexically_normal().string();
      const auto target = files.find(file.empty() ? name : path);
      if (target != files.end() && !Contains(target->second, " id=\"" + anchor + "\""))
        lost.push_back(name + ": " + (*it)[1].str());
    }
  }
  return lost;
}

inline int64_t CountOf(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// A copy of the toy scores beside a matrix of the same, to be spoilt.
inline fs::path ToyCopy(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::copy(Fixtures() / "valid/toy", folder / "toy", fs::copy_options::recursive);
  return folder;
}

// What a script of the site holds, by its path without ".js".
inline Json DataIn(const std::map<std::string, std::string>& files, const std::string& path) {
  const auto& script = files.at(path + ".js");
  const std::string start = "(window.dfkd = window.dfkd || {})[\"" + path + "\"] = ";
  BOOST_TEST_REQUIRE(script.rfind(start, 0) == 0u);
  return ParseJson(script.substr(start.size(), script.size() - start.size() - 2), path);
}

// Of a column that may be one value for all rows.
inline Json At(const Json& column, size_t row) {
  return column.is_array() ? column.at(row) : column;
}

}  // namespace dfkd
