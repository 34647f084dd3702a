#include <algorithm>
#include <numeric>

#include "server/config/settings.h"

namespace mpim {
namespace {

// Edits that turn one word into the other: a letter added, left out, changed, or two swapped.
size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<size_t> before_last(to.size() + 1);
  std::vector<size_t> last(to.size() + 1);
  std::vector<size_t> row(to.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t changed = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last.back();
}

// A third of the letters may be wrong, three at most: more is another word, not a slip.
size_t slips_allowed(std::string_view typed) { return std::min<size_t>(3, (typed.size() + 2) / 3); }

constexpr size_t kTypedMax = 128;  // the cost grows with the length, and nobody types more

}  // namespace

std::string nearest_name(std::string_view typed, std::span<const std::string_view> candidates) {
  if (typed.empty() || typed.size() > kTypedMax) return {};
  std::string_view nearest;
  size_t distance = slips_allowed(typed) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t here = edit_distance(typed, candidate);
    if (here >= distance) continue;
    distance = here;
    nearest = candidate;
  }
  return std::string(nearest);
}

}  // namespace mpim
