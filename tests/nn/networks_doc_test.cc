// docs/networks.md lists the tensors of every network: who exports a teacher from Python needs
// them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "tests/nn/helpers.h"

namespace dfkd::networks_doc_test {

using Names = std::vector<std::string>;

const Names kListed = {"wrn-16-1",  "wrn-16-2", "wrn-40-1",  "wrn-40-2",        "resnet-18",
                       "resnet-34", "vgg-8-bn", "vgg-11-bn", "mobilenetv2-half"};

// Modules of one block in their order, as "bn1 16, conv1 16x16x3x3".
struct Line {
  std::string group;  // "group1.", or "" for a module of the network itself
  int64_t first, last;
  std::string modules;
};

void Append(std::vector<Line>& lines, const std::string& block, const std::string& module) {
  const auto dot = block.find('.');
  const auto group = block.substr(0, dot == std::string::npos ? 0 : dot + 1);
  const int64_t index = group.empty() ? 0 : std::stoll(block.substr(dot + 1));
  const bool same = !group.empty() && !lines.empty() && lines.back().group == group &&
                    lines.back().first == index;
  if (same) {
    lines.back().modules += ", " + module;
  } else {
    lines.push_back({group, index, index, module});
  }
}

// Equal blocks that follow each other become one line.
std::vector<Line> Merged(const std::vector<Line>& lines) {
  std::vector<Line> merged;
  for (const auto& line : lines) {
    const bool equal = !line.group.empty() && !merged.empty() &&
                       merged.back().group == line.group && merged.back().modules == line.modules;
    if (equal) {
      merged.back().last = line.last;
    } else {
      merged.push_back(line);
    }
  }
  return merged;
}

std::string TextOf(const Line& line) {
  if (line.group.empty()) {
    return "  " + line.modules + "\n";
  }
  const auto range = line.first == line.last ? fmt::format("{}", line.first)
                                             : fmt::format("{}..{}", line.first, line.last);
  return fmt::format("  {}{}: {}\n", line.group, range, line.modules);
}

std::string TextOf(const std::string& name) {
  std::vector<Line> lines;
  for (const auto& parameter : Classifier(name, Cifar()).Parameters()) {
    const auto& full = parameter.name;
    const auto module = full.substr(0, full.rfind('.'));
    const auto dot = module.rfind('.');
    const auto block = dot == std::string::npos ? "" : module.substr(0, dot);
    const auto own = dot == std::string::npos ? module : module.substr(dot + 1);
    if (full.ends_with(".weight")) {
      Append(lines, block, fmt::format("{} {}", own, fmt::join(parameter.value.sizes(), "x")));
    } else if (own.find("conv") != std::string::npos) {
      lines.back().modules += " +bias";
    }
  }
  std::string text = name + "\n";
  for (const auto& line : Merged(lines)) {
    text += TextOf(line);
  }
  return text;
}

BOOST_DATA_TEST_CASE(the_page_lists_every_tensor_of_a_network, kListed, name) {
  std::ifstream file(std::string(DFKD_SOURCE_DIR) + "/docs/networks.md");
  std::stringstream page;
  page << file.rdbuf();
  const auto expected = TextOf(name);
  BOOST_TEST(page.str().find("\n" + expected) != std::string::npos, "not in the page:\n"
                                                                        << expected);
}

}  // namespace dfkd::networks_doc_test
