// Lists that are longer than one answer of the server.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ops/call.h"

namespace mpim::ops {

inline constexpr Flag kAfter{"after", FlagType::kNumber, "ID", "start above this id"};
inline constexpr Flag kLimit{.name = "limit",
                             .type = FlagType::kNumber,
                             .value = "COUNT",
                             .help = "at most so many lines",
                             .standard = "1000",
                             .min = 1};
inline constexpr uint32_t kPageMax = 1'000;  // of one answer

// One answer: what it holds, whether there is more, and the id to go on above.
struct PageOf {
  Value::List items;
  bool more = false;
  uint64_t last = 0;
};
struct Listing {
  Value::List items;
  std::vector<std::string> warnings;  // says how to see the rest
};

// Asks `page(after, limit)` from --after until --limit is reached or nothing is left.
template <class Page>
Result<Listing> list_pages(Call& call, Page page) {
  Listing listing;
  const uint64_t wanted = call.arguments().number("limit");
  uint64_t after = call.arguments().number("after");
  while (listing.items.size() < wanted) {
    const uint64_t ask = std::min<uint64_t>(kPageMax, wanted - listing.items.size());
    MPIM_TRY(PageOf got, page(after, static_cast<uint32_t>(ask)));
    std::ranges::move(got.items, std::back_inserter(listing.items));
    if (!got.more || got.last == after) return listing;
    after = got.last;
  }
  listing.warnings.push_back("there is more: go on with --after " + std::to_string(after) +
                             ", or raise --limit");
  return listing;
}

}  // namespace mpim::ops
