// What is known of the papers that cards name by their address: papers.json, a line each. A paper
// that is not there is cited by its address.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bench/core/embedded.h"

namespace dfkd {

// leaderboard/pages/papers.json.
const EmbeddedFiles& PaperFiles();

namespace site {

// What is not known is empty. The last author may be "others". `kind` is the type of its BibTeX
// entry, which the field of the venue decides: "inproceedings" has a "booktitle", "article" a
// "journal", "techreport" an "institution", "misc" none.
struct Paper {
  std::string title, kind, field, venue;
  std::vector<std::string> authors;
  int64_t year = 0;
};

// With empty members if nothing is known of the address.
const Paper& PaperAt(const std::string& address);

// All addresses of papers.json, in order.
std::vector<std::string> KnownPapers();

// "Micaelli and Storkey, NeurIPS 2019", "Hong et al., ICML 2023"; "" if nothing is known.
std::string PaperBy(const Paper& paper);

// An entry for the paper, "" without an address. Its key is made of author, year and title, so that
// plugins of one paper have one entry; of a paper of which nothing is known it is `plugin`.
std::string BibtexOf(const std::string& plugin, const std::string& address);

}  // namespace site
}  // namespace dfkd
