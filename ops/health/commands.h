// The command without a noun in this folder: `mpimctl health`.
#pragma once

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kHealthForm;

}  // namespace mpim::ops
