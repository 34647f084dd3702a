// Search on threads of its own: one that follows the log, others that answer.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/store/search.h"
#include "server/store/sql/search/follower.h"
#include "server/store/sql/search/search_turns.h"
#include "server/store/sql/search/searcher.h"
#include "server/store/sql/store_place.h"

namespace mpim {

// Where things are, and the bounds of its parts.
struct SqlSearchOptions {
  StorePlace database;            // the main one; read only
  std::string index;              // our file beside it
  std::shared_ptr<LogTail> tail;  // the writer's
  FollowerOptions follower{};
  SearcherOptions searcher{};
  Millis gather{1'000};        // between two steps of a follower that is level
  uint32_t threads = 1;        // that answer
  uint32_t waiting_max = 256;  // searches that wait, as SearchTurns says; others get kBusy
};

// Threads  as Search says; readers take turns. The follower has the lowest ordinary priority: it
//          takes what others leave, so that the log's writer does not feel it.
// Errors   an index that fails, or is gone, is opened again with the next step, and made anew when
//          it cannot be read; until then searches answer kUnavailable.
class SqlSearch final : public Search {
 public:
  explicit SqlSearch(SqlSearchOptions options);
  ~SqlSearch() override { stop(); }

  void find(SearchQuery query, Reply<SearchPage> reply) override;
  SearchReach reach() const override;
  // Ends what is under way; later searches get kDraining. May be called twice.
  void stop();

 private:
  // What the follower works with, as long as nothing fails.
  struct Following;
  // The same of one that answers.
  struct Answering;
  void follow();
  Result<bool> follow_once(std::unique_ptr<Following>& at);
  bool pause(Millis how_long);
  void answer();
  Result<SearchPage> answer_one(std::unique_ptr<Answering>& with, const SearchQuery& query);
  Result<std::unique_ptr<LogWindow>> open_log() const;

  const SqlSearchOptions options_;
  std::mutex mutex_;  // guards the two below
  std::condition_variable wake_;
  SearchTurns asked_;
  bool stopping_ = false;
  std::atomic<uint64_t> opened_{0};  // how often the index file was
  std::atomic<uint64_t> indexed_{0};
  std::atomic<uint64_t> entries_{0};
  std::vector<std::thread> threads_;
};

}  // namespace mpim
