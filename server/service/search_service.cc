#include "server/service/search_service.h"

#include "server/telemetry/metrics.h"

namespace mpim {

void SearchService::find(const Caller& caller, SearchQuery query, Reply<SearchPage> reply) {
  query.reader = caller.user;
  find(std::move(query), std::move(reply));
}

void SearchService::find(SearchQuery query, Reply<SearchPage> reply) {
  if (search_ == nullptr) {
    count(Counter::kSearchesFailed);
    return reply(Error{Code::kUnavailable, "search is turned off here (search.enabled)"});
  }
  auto found = [this, reply = std::move(reply),
                start = home_.clock().steady()](Result<SearchPage> page) mutable {
    count(page.ok() ? Counter::kSearches : Counter::kSearchesFailed);
    observe(Histogram::kSearchSeconds,
            std::chrono::duration<double>(home_.clock().steady() - start).count());
    reply(std::move(page));
  };
  search_->find(std::move(query), Reply<SearchPage>(home_, std::move(found)));
}

std::optional<SearchReach> SearchService::reach() const {
  if (search_ == nullptr) return std::nullopt;
  return search_->reach();
}

}  // namespace mpim
