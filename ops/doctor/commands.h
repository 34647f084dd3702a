// The command without a noun in this folder: `mpimctl doctor`.
#pragma once

#include "ops/command.h"

namespace mpim::ops {

extern const CommandForm kDoctorForm;

}  // namespace mpim::ops
