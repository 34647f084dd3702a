#include "server/gateway/dispatch/dispatch.h"

namespace mpim {

void Dispatch::dispatch(Request request, const PeerPtr& peer, Ticket ticket) {
  std::visit([&](auto& one) { run(std::move(one), Asked{peer, ticket}); }, request);
}

Caller Dispatch::caller_of(const Peer& peer) {
  return {peer.login->who.user, peer.login->who.device};
}

void Dispatch::run(PingRequest, const Asked& asked) {
  asked.peer->answer(asked.ticket, PongResponse{});
}

void Dispatch::run(HelpRequest request, const Asked& asked) {
  asked.peer->answer(asked.ticket, HelpResponse{std::move(request.verb)});
}

}  // namespace mpim
