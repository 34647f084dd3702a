// mpimctl from its command line to its exit code.
#pragma once

#include <string>
#include <vector>

namespace mpim::ops {

// Runs the command named by `typed` (without the program's name) and answers the exit code:
// 0 done, 1 failed, 3 partial success, else the code of the registry's entry for what went wrong.
int run_mpimctl(const std::vector<std::string>& typed);

}  // namespace mpim::ops
