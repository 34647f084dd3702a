#include "server/gateway/dispatch/dispatch.h"

namespace mpim {

void Dispatch::dispatch(Request request, const PeerPtr& peer, Ticket ticket) {
  std::visit([&](auto& one) { run(std::move(one), Asked{peer, ticket}); }, request);
}

Caller Dispatch::caller_of(const Peer& peer) {
  return {peer.login->who.user, peer.login->who.device};
}

Reply<Committed> Dispatch::own_entry_reply(const Asked& asked) {
  asked.peer->login->session->on_sending();
  return Reply<Committed>(services_.loop, [to = std::weak_ptr<Peer>(asked.peer),
                                           ticket = asked.ticket](Result<Committed> result) {
    const PeerPtr peer = to.lock();
    if (peer == nullptr || peer->gone()) return;
    Session& session = *peer->login->session;
    if (result.ok()) session.on_own(result->id);
    session.on_sent();
    if (!result.ok()) return peer->answer(ticket, result.error());
    peer->answer(ticket, MembershipResponse{result->id});
  });
}

void Dispatch::run(PingRequest, const Asked& asked) {
  asked.peer->answer(asked.ticket, PongResponse{});
}

void Dispatch::run(HelpRequest request, const Asked& asked) {
  asked.peer->answer(asked.ticket, HelpResponse{std::move(request.verb)});
}

}  // namespace mpim
