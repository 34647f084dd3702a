// The commands without a noun in this folder: `mpimctl help` and `mpimctl version`.
#pragma once

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kHelpForm;
extern const CommandForm kVersionForm;

}  // namespace mpim::ops
