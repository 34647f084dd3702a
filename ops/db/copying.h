// A copy as its commands make it: with a bar, and compared at the end.
#pragma once

#include <string>

#include "ops/call.h"
#include "server/store/sql/driver/driver.h"

namespace mpim::ops {

struct Copied {
  uint64_t rows = 0;    // that the source has
  uint64_t before = 0;  // of them, by attempts that were cut off
  double copied_s = 0;
  double compared_s = 0;
};

// Copies everything, compares both from end to end, and only then lets nodes start on the target;
// with an epoch that one gets it.
// Errors  those of StoreCopy; kConflict: the two are not the same, and the target stays closed.
Result<Copied> copy_and_compare(Call& call, Driver& from, Driver& into,
                                const std::string& new_epoch = {});

}  // namespace mpim::ops
