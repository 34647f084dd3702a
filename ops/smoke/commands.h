// The command without a noun in this folder: `mpimctl smoke`.
#pragma once

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kSmokeForm;

}  // namespace mpim::ops
