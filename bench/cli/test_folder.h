// `dfkd distill --test DIR`: which of its folders is which label.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dfkd::cli {

// The folders of classes in the order of their labels. Folders named by numbers are labels to
// whoever made them, from 0 or from 1: throws Error where one that is no number, or is missing,
// would move all behind it.
std::vector<std::string> LabelledFolders(const std::filesystem::path& test);

// "0 = coat, 1 = dress": what a person must see to know that they are the labels of the model, of
// more than ten the first and the last. "" where every folder is named by its label.
std::string LabelsText(const std::vector<std::string>& folders);

// `classes`: the names of a data set's classes, in their order, which need not be that of the
// folders. Throws Error if a folder is named like one of them and would be another's label; warns
// if all are named, and none like any. `test` is --test.
void RequireOrderOf(const std::vector<std::string>& classes,
                    const std::vector<std::string>& folders, const std::string& test);

}  // namespace dfkd::cli
