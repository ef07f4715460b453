// A matrix whose teacher is a file: read, hashed and checked before anything is planned.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "bench/core/image.h"
#include "bench/matrix/plan.h"
#include "bench/store/store.h"

namespace dfkd {

// Throws Error if the bytes of the file `origin` are no weights of `network` on such images.
// Planning sees no LibTorch: whoever does gives the check (CheckModelFile of stages/services.h).
using ModelCheck = std::function<void(const std::string& bytes, const std::string& origin,
                                      const std::string& network, const ImageSpec& spec)>;

// Fills in the hash and what the networks must know of the images. Throws Error if the file has
// another hash than the matrix says, or fits one of its teacher networks badly: a line for each
// tensor. A file that is not here is believed to be what its hash says.
void ReadTeacherFile(Matrix& matrix, const std::map<std::string, ResolvedEntry>& datasets,
                     std::map<std::string, DataFacts>& facts, const ModelCheck& check);

// Throws Error if a cell still needs the file, and neither it is here nor the store holds a copy.
void RequireTeacherFile(const Matrix& matrix, const Plan& plan, const Store& store);

// Puts it where the stages read it. Nothing to do if it is there, or if no file is named.
void KeepTeacherFile(const Matrix& matrix, const std::filesystem::path& store);

}  // namespace dfkd
