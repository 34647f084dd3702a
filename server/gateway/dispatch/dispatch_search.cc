// Looking for words.
#include "server/gateway/dispatch/dispatch.h"

namespace mpim {

void Dispatch::run(SearchRequest request, const Asked& asked) {
  if (services_.search == nullptr)
    return asked.peer->answer(asked.ticket, Error{Code::kUnavailable, "search is turned off here"});
  const Caller caller = caller_of(*asked.peer);
  services_.search->find(
      caller,
      SearchQuery{.reader = caller.user,
                  .words = std::move(request.words),
                  .conversation = request.conversation,
                  .with = std::move(request.with),
                  .group = request.group,
                  .from = std::move(request.from),
                  .since = request.since,
                  .until = request.until,
                  .before = request.before,
                  .count_max = request.count_max},
      answer_with<SearchPage>(asked, [](SearchPage page, Peer&) -> Response {
        return FoundResponse{std::move(page.entries), page.more, page.complete, page.next};
      }));
}

}  // namespace mpim
