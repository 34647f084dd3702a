// What a client may know of what went wrong.
#pragma once

#include "server/core/errors.h"

namespace mpim {

// What went wrong inside the server names its files and its disk: that is for operators, who have
// the log and /readyz. Clients are told what it means for them.
Error for_strangers(Error error);

}  // namespace mpim
