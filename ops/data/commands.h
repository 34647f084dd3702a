// The commands without a noun in this folder: `mpimctl apply` and `mpimctl seed`.
#pragma once

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kApplyForm;
extern const CommandForm kSeedForm;

}  // namespace mpim::ops
