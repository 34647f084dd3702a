// Takes what is new in the log into the index of words.
#pragma once

#include <atomic>
#include <memory>

#include "server/store/search.h"
#include "server/store/sql/search/log_window.h"
#include "server/store/sql/search/search_index.h"

namespace mpim {

struct FollowerOptions {
  uint32_t batch_entries = 4'096;  // of one step
  uint32_t terms_max = 4'096;      // of one message
};

// Why an index with this mark must be begun anew over a log that reaches to `last`: it is another
// database's, or ahead of this one, or more of it is gone than is left. Empty: it need not be.
std::string_view why_anew(const IndexMark& mark, const LogIdentity& log, LogPos last);

// Threads  step() on one; reach() from any.
// Order    along the log, from the index's mark on. An entry that tells of an edit brings in the
//          message's new text.
// Limits   reads kPageEntries, or kPageBytes of text, in one look at the log, so that a slow thread
//          never holds back the reset of the log's own file; a step ends at kStepBytes of terms.
// Errors   kUnavailable: nothing of this step was kept; the next one begins at the same place.
class SearchFollower {
 public:
  static constexpr uint32_t kPageEntries = 512;
  static constexpr uint64_t kPageBytes = 1'048'576;
  static constexpr uint64_t kStepBytes = 4'194'304;

  SearchFollower(LogWindow& log, SearchIndex& index, FollowerOptions options)
      : log_(log), index_(index), options_(options) {}

  // Answers whether there is more to do at once. Begins the index anew where why_anew() has a
  // reason.
  Result<bool> step();
  SearchReach reach() const { return {indexed_.load(), last_.load()}; }

 private:
  struct Batch {
    std::vector<IndexedText> texts;
    LogPos reach = 0;
    uint32_t entries = 0;
    uint64_t bytes = 0;   // of terms
    bool at_end = false;  // there was nothing more
    bool stale = false;   // the index is not of this log any more
  };
  Result<void> start();
  Result<void> read_page(Batch& batch);
  Result<void> take(const Entry& entry, std::vector<IndexedText>& texts);
  Result<bool> rest();

  // Joining what small batches left in many parts takes several rounds.
  static constexpr uint32_t kTidyRounds = 16;

  LogWindow& log_;
  SearchIndex& index_;
  const FollowerOptions options_;
  bool started_ = false;
  IndexMark begun_;  // the index, as it was begun
  uint32_t untidy_ = kTidyRounds;
  std::atomic<LogPos> indexed_{0};
  std::atomic<LogPos> last_{0};
};

}  // namespace mpim
