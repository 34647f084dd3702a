// mpimctl: runs the command tree of ops/.
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "ops/run.h"

namespace {

// Whoever may list processes reads their arguments: a password in an address is written over.
void hide_password(char* argument) {
  const std::string_view text(argument);
  const size_t scheme = text.find("://");
  const size_t at = text.rfind('@');
  const size_t colon = scheme == text.npos ? text.npos : text.find(':', scheme + 3);
  if (at == text.npos || colon >= at) return;
  std::memset(argument + colon + 1, '*', at - colon - 1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (int i = 1; i < argc; ++i) hide_password(argv[i]);
  return mpim::ops::run_mpimctl(words);
}
