// Checks the bytes of uploads against their rows.
#pragma once

#include "server/store/sql/verify/verify.h"

namespace mpim {

// Whether each upload's bytes lie below `files_dir`, as many as its row says; answers at most
// `count_max` findings. Looks at names and sizes only. kUnavailable: the database fails.
Result<std::vector<Finding>> verify_uploads(Driver& driver, const std::string& files_dir,
                                            uint32_t count_max = 20);

}  // namespace mpim
