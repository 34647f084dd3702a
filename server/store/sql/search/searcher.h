// Answers searches from the index, from what the index has not reached, and from the log itself.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "server/store/search.h"
#include "server/store/sql/search/hits.h"
#include "server/store/sql/search/log_window.h"
#include "server/store/sql/search/search_index.h"
#include "server/store/sql/search/words.h"

namespace mpim {

struct SearcherOptions {
  uint32_t scan_max_entries = 20'000;   // newest ones that are not indexed yet
  uint32_t looks_max = 4'000;           // messages of which the text is looked at
  uint64_t look_bytes_max = 1'048'576;  // of these texts; of what is not indexed as much again
};

// What the index says is only a hint: each message is read as it is by now, and shown when its
// reader may see it, has not hidden it, it was not recalled, and its text matches.
// Threads  the owner's.
// Errors   as Search says.
class Searcher {
 public:
  Searcher(LogWindow& log, SearchIndex& index, SearcherOptions options)
      : log_(log), index_(index), options_(options) {}

  Result<SearchPage> find(const SearchQuery& query);

 private:
  // A search under way.
  struct Reading {
    UserId reader;
    UserId from;  // none: whoever
    WordQuery words;
    std::vector<Stand> stands;
    std::unordered_map<ConversationId, const Stand*> by_conversation = {};
  };

  Result<SearchPage> look(const SearchQuery& query);
  Result<Reading> reading(const SearchQuery& query);
  Result<UserId> user_of(const UserChoice& choice);
  Result<void> must_exist(UserId user);
  Result<void> keep_where(const SearchQuery& query, Reading& reading);
  Result<HitBounds> bounds(const SearchQuery& query, const Reading& reading);
  Result<bool> add_newest(const Reading& reading, Hits& hits);
  Result<void> add_indexed(const Reading& reading, const std::string& expression, Hits& hits);
  Result<std::optional<std::vector<MessageId>>> list_all(const Reading& reading,
                                                         const std::string& expression);
  Result<bool> shows(const Reading& reading, const EntryPtr& entry);
  Result<void> fill(const Reading& reading, Hits& hits, uint32_t count_max, SearchPage& page);

  LogWindow& log_;
  SearchIndex& index_;
  const SearcherOptions options_;
};

}  // namespace mpim
