// Search for the people who log in: in what they may read.
#pragma once

#include "server/service/caller.h"
#include "server/store/search.h"

namespace mpim {

// Threads  one per worker; called on that worker's loop, where replies arrive too.
// Errors   as Search says; kUnavailable when search is turned off.
class SearchService {
 public:
  // `search` null: it is turned off.
  SearchService(Executor& home, Search* search) : home_(home), search_(search) {}

  // The reader is the caller, whatever the query says.
  void find(const Caller& caller, SearchQuery query, Reply<SearchPage> reply);
  // For whoever operates: as that reader sees it.
  void find(SearchQuery query, Reply<SearchPage> reply);
  // Nothing when it is turned off.
  std::optional<SearchReach> reach() const;

 private:
  Executor& home_;
  Search* const search_;
};

}  // namespace mpim
