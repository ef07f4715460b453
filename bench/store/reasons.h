// Whose fault a failure is, as far as its text says. Outcomes cross processes as text, and the
// reasons in it are, word for word, those of the system and of the libraries.
#pragma once
#include <string>

#include "bench/core/error.h"

namespace dfkd::store {

// The disk is full, a quota or the limit of a file's size is reached, or the file system is
// read-only: it would meet every stage alike, until a person changes that. Anybody may use these
// words: they count of kIo alone.
bool ConcernsEveryStage(FailureClass failure, const std::string& message);

// Another machine took a file away while we had it open (network file systems): the next attempt
// may go well. Of kIo alone, too.
bool PassesByItself(FailureClass failure, const std::string& message);

// A folder that was looked into is not there any more, or not a folder.
bool SaysTakenAway(const std::string& message);

// Something in the store was not there or not whole when it was read. Another process may be about
// to compute it again, or have done so by now.
bool SaysGoneOrDamaged(const std::string& message);

// Memory of the machine or of a GPU ran out, whoever says so.
bool SaysOutOfMemory(const std::string& message);

// A GPU reported an error after which nothing works in the same process any more.
bool LeavesDeviceUnusable(const std::string& message);

}  // namespace dfkd::store
