// The messages of one search, one after another, the newest first.
#pragma once

#include <memory>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "server/store/sql/reading/standings.h"
#include "server/store/sql/search/log_window.h"
#include "server/store/sql/search/search_index.h"

namespace mpim {

// Which stretch of time is meant, and where an earlier answer ended.
struct HitBounds {
  Timestamp since;       // 0: always
  Timestamp until;       // 0: always
  EntryPtr before = {};  // what comes next is older than this one

  // Of the same moment the one with the larger id comes first.
  bool begun(const Entry& entry) const;
  bool over(const Entry& entry) const { return entry.at < since; }
  // Nothing that is committed at this moment or later is meant.
  Timestamp end() const;
};

// Candidates: messages that the index, or a look at what it has not reached, says may match. Each
// conversation has its own, newest first; next() merges them by time, and asks the index about a
// conversation only when its newest entry could come next.
// Threads  the window's. Lifetime: window, index and stands outlive it.
// Limits   each index question asks for kAhead candidates.
class Hits {
 public:
  Hits(LogWindow& log, SearchIndex& index, std::string expression, HitBounds bounds)
      : log_(log), index_(index), expression_(std::move(expression)), bounds_(std::move(bounds)) {}

  // All of a conversation that the index knows and this reader may see.
  Result<void> add(const Stand& stand);
  // Those of a conversation that were found already, the oldest first.
  Result<void> add(const Stand& stand, std::vector<MessageId> found);
  // One message that he may see.
  Result<void> add(MessageId id);

  // Null when there is none left. The same one may come twice, one right behind the other.
  Result<EntryPtr> next();

 private:
  static constexpr uint32_t kAhead = 64;
  struct Source {
    const Stand* stand;
    size_t intervals_left;  // of the stand's, the newest last
    Seq below;
    std::vector<MessageId> ahead = {};  // the newest last
    bool jumped = false;
  };
  struct Item {
    Timestamp at;
    MessageId id;
    EntryPtr entry;            // null: the source was not asked yet
    Source* source = nullptr;  // where to go on; null: nowhere
    bool operator<(const Item& other) const {
      return at != other.at ? at < other.at : id < other.id;
    }
  };

  Result<void> advance(Source& source);
  Result<bool> refill(Source& source);
  Result<void> jump(Source& source);

  LogWindow& log_;
  SearchIndex& index_;
  const std::string expression_;
  const HitBounds bounds_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::priority_queue<Item> items_;
};

}  // namespace mpim
