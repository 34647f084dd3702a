#include "server/node/http_services.h"

namespace mpim {
namespace {

CallLimits limits_of(const GatewayOptions& options) {
  return {
      .wire = {.text_bytes_max = options.text_bytes_max, .ext_bytes_max = options.ext_bytes_max},
      .requests = options.requests};
}

}  // namespace

HttpServices::HttpServices(EventLoop& loop, const WorkerShared& shared,
                           const WorkerOptions& options)
    : fanout_(loop, shared.directory, shared.bus, &shared.keys.lately()),
      users_(loop, shared.storage, fanout_, shared.hasher, shared.guard, shared.keys,
             options.users),
      groups_(loop, shared.storage, fanout_),
      messages_(loop, shared.storage, fanout_, shared.intake, shared.acks),
      people_(loop, shared.storage, fanout_, shared.live, shared.profiles),
      presence_(loop, shared.storage, shared.directory, fanout_, shared.presence,
                options.watched_max),
      typing_(loop, shared.storage, fanout_, options.typing),
      search_(loop, shared.search),
      hub_(loop, shared.storage, options.sessions, options.cursor_flush, 1, 1),
      door_(WorkerServices{loop, users_, groups_, messages_, presence_, typing_, shared.rates, hub_,
                           people_, &search_},
            limits_of(options.gateway)) {}

void HttpServices::follow(const WorkerOptions& options) {
  users_.follow(options.users);
  typing_.follow(options.typing);
  door_.follow(options.gateway.requests);
}

}  // namespace mpim
