// The settings file that the commands of this folder read and write.
#pragma once

#include "ops/call.h"

namespace mpim::ops {

// The file in use, or where `config init` would put one.
std::string settings_place(const Call& call);
// What stands in that file alone: no environment, no flags. kNotFound hints at `config init`.
Result<Settings> settings_in_file(Call& call);

}  // namespace mpim::ops
