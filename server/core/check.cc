#include "server/core/check.h"

#include <cstdio>
#include <cstdlib>

namespace mpim {

void check_failed(const char* file, int line, const char* sentence) noexcept {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, sentence);
  std::fflush(stderr);
  std::abort();
}

}  // namespace mpim
