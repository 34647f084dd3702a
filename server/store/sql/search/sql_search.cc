#include "server/store/sql/search/sql_search.h"

#include <sys/resource.h>

#include <filesystem>

#include "server/store/sql/open.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr int kLowestPriority = 19;
constexpr uint32_t kFailuresBeforeAnew = 3;

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

struct SqlSearch::Following {
  std::unique_ptr<LogWindow> log;
  std::unique_ptr<SearchIndex> index;
  std::unique_ptr<SearchFollower> follower;
};

struct SqlSearch::Answering {
  uint64_t opened;
  std::unique_ptr<LogWindow> log;
  std::unique_ptr<SearchIndex> index;
  std::unique_ptr<Searcher> searcher;
};

SqlSearch::SqlSearch(SqlSearchOptions options)
    : options_(std::move(options)), asked_(options_.waiting_max) {
  // Whoever asks first finds it there; what fails here, the follower meets again and tells.
  if (SearchIndex::open(options_.index, false).ok()) ++opened_;
  threads_.emplace_back([this] { follow(); });
  for (uint32_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { answer(); });
}

void SqlSearch::find(SearchQuery query, Reply<SearchPage> reply) {
  std::optional<Error> refused;
  AskedSearch asked{std::move(query), std::move(reply)};
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = Error{Code::kDraining, "the store is stopping: try another node"};
    } else {
      refused = asked_.add(asked);
    }
  }
  if (refused) return asked.reply(*refused);
  wake_.notify_all();
}

SearchReach SqlSearch::reach() const { return {indexed_.load(), entries_.load()}; }

void SqlSearch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

Result<std::unique_ptr<LogWindow>> SqlSearch::open_log() const {
  MPIM_TRY(std::unique_ptr<Driver> driver, open_driver(options_.database, {.read_only = true}));
  return std::make_unique<LogWindow>(std::move(driver), options_.tail);
}

void SqlSearch::follow() {
  ::setpriority(PRIO_PROCESS, 0, kLowestPriority);  // of this thread alone, on Linux
  std::unique_ptr<Following> at;
  uint32_t failures = 0;
  while (true) {
    const Result<bool> stepped = follow_once(at);
    if (stepped.ok()) {
      failures = 0;
      if (!pause(*stepped ? Millis(0) : options_.gather)) return;
      continue;
    }
    at.reset();
    if (++failures == 1) log_error("search.failed", {{"why", stepped.error().message}});
    if (failures % kFailuresBeforeAnew == 0) remove_search_index(options_.index);
    if (!pause(options_.gather)) return;
  }
}

Result<bool> SqlSearch::follow_once(std::unique_ptr<Following>& at) {
  if (at != nullptr && !exists(options_.index)) at.reset();  // somebody took it away
  if (at == nullptr) {
    auto made = std::make_unique<Following>();
    MPIM_TRY(made->log, open_log());
    MPIM_TRY(made->index, SearchIndex::open(options_.index, false));
    made->follower = std::make_unique<SearchFollower>(*made->log, *made->index, options_.follower);
    at = std::move(made);
    ++opened_;
  }
  Result<bool> more = at->follower->step();
  const SearchReach reach = at->follower->reach();
  indexed_ = reach.indexed;
  entries_ = reach.entries;
  return more;
}

// False when it is time to end.
bool SqlSearch::pause(Millis how_long) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, how_long, [this] { return stopping_; });
  return !stopping_;
}

void SqlSearch::answer() {
  std::unique_ptr<Answering> with;
  while (true) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || asked_.any(); });
    if (!asked_.any()) return;
    AskedSearch one = asked_.take();
    lock.unlock();
    Result<SearchPage> page = answer_one(with, one.query);
    if (!page.ok() && page.error().code == Code::kUnavailable) with.reset();
    lock.lock();
    asked_.done(one.query.reader);
    lock.unlock();
    one.reply(std::move(page));
  }
}

Result<SearchPage> SqlSearch::answer_one(std::unique_ptr<Answering>& with,
                                         const SearchQuery& query) {
  const uint64_t opened = opened_;
  if (opened == 0) return Error{Code::kUnavailable, "the search index is not open yet: try again"};
  if (with == nullptr || with->opened != opened) {
    auto made = std::make_unique<Answering>();
    made->opened = opened;
    MPIM_TRY(made->log, open_log());
    MPIM_TRY(made->index, SearchIndex::open(options_.index, true));
    made->searcher = std::make_unique<Searcher>(*made->log, *made->index, options_.searcher);
    with = std::move(made);
  }
  return with->searcher->find(query);
}

}  // namespace mpim
