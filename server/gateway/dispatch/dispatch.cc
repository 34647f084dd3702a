#include "server/gateway/dispatch/dispatch.h"

namespace mpim {
namespace {

// Messages have limits of their own; who acknowledges or goes lightens the load.
bool is_counted(const Request& request) {
  return !std::holds_alternative<SendRequest>(request) &&
         !std::holds_alternative<AckRequest>(request) &&
         !std::holds_alternative<QuitRequest>(request) &&
         !std::holds_alternative<LogoutRequest>(request);
}

}  // namespace

void Dispatch::dispatch(Request request, const PeerPtr& peer, Ticket ticket) {
  if (TokenBucket& bucket = peer->requests; bucket.rate().per_s != 0 && is_counted(request)) {
    const uint32_t wait = bucket.take(services_.loop.clock().steady());
    if (wait != 0) {
      return peer->answer(ticket,
                          rate_limited("limits.requests_per_s", "requests", bucket.rate(), wait));
    }
  }
  std::visit([&](auto& one) { run(std::move(one), Asked{peer, ticket}); }, request);
}

bool Dispatch::has_session(const Asked& asked) {
  if (asked.peer->login->session != nullptr) return true;
  asked.peer->answer(asked.ticket,
                     Error{Code::kBadRequest, "this needs a session, and here there is none"});
  return false;
}

Caller Dispatch::caller_of(const Peer& peer) {
  return {peer.login->who.user, peer.login->who.device};
}

Reply<Committed> Dispatch::own_entry_reply(const Asked& asked) {
  return answer_with_own<Committed>(
      asked, [](const Committed& made) { return std::optional(made.id); },
      [](const Committed& made) -> Response { return MembershipResponse{made.id}; });
}

void Dispatch::run(PingRequest, const Asked& asked) {
  asked.peer->answer(asked.ticket, PongResponse{});
}

void Dispatch::run(HelpRequest request, const Asked& asked) {
  asked.peer->answer(asked.ticket, HelpResponse{std::move(request.verb)});
}

}  // namespace mpim
