// Search by words and time in what one reader may read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/message.h"
#include "server/core/names.h"
#include "server/core/reply.h"

namespace mpim {

// The longest thing to search for, and how many words it may have.
inline constexpr uint32_t kSearchBytes = 512;
inline constexpr uint32_t kSearchWords = 16;

// All of it must hold of a message.
struct SearchQuery {
  UserChoice reader;
  std::string words;                 // all of them; one that ends in * is the beginning of a word
  ConversationId conversation = {};  // at most one of these three says where
  std::optional<UserChoice> with = {};
  GroupId group = {};
  std::optional<UserChoice> from = {};  // who wrote it
  Timestamp since = {};                 // committed at or after; 0: always
  Timestamp until = {};                 // committed before; 0: always
  MessageId before = {};                // go on behind this one of an earlier answer
  uint32_t count_max = 20;
};

struct SearchPage {
  std::vector<EntryPtr> entries;  // newest first, over all conversations
  bool more = false;              // there may be more: go on with before=next
  MessageId next;                 // 0 when there is no more
  bool complete = true;           // false: the index lags, and something may be missing
};

// How far the index reaches in the log of all conversations together.
struct SearchReach {
  uint64_t indexed = 0;  // entries
  uint64_t entries = 0;  // that the log has

  uint64_t lag() const { return entries > indexed ? entries - indexed : 0; }
};

// Words are compared without regard to case, width and font. Where a script has no blanks between
// words (Chinese, Japanese, Korean, Thai, ..) a word is found anywhere in a text.
// Threads  any; the reply comes on the loop that asked.
// Order    a search that was asked after a message was answered finds it.
// Limits   kSearchBytes, kSearchWords; a bounded number of messages is looked at, then `more`.
// Errors   kBadRequest: no word, or too many. kNotFound: no such user, group or conversation of
//          his, or no such message to go on behind. kBusy: too many searches wait. kUnavailable.
class Search {
 public:
  virtual ~Search() = default;
  virtual void find(SearchQuery query, Reply<SearchPage> reply) = 0;
  virtual SearchReach reach() const = 0;
};

}  // namespace mpim
