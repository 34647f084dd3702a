// mpimctl: runs the command tree of ops/.
#include <string>
#include <vector>

#include "ops/run.h"

int main(int argc, char** argv) {
  return mpim::ops::run_mpimctl(std::vector<std::string>(argv + 1, argv + argc));
}
