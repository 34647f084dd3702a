#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/socket_address.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

void log_step(std::string_view step, const Peer& peer, UserId user) {
  log_event(LogLevel::kDebug, step, {{"user", user}, {"peer", peer.address()}});
}

LoginFrom login_from(const Peer& peer, const SessionChoice& choice) {
  return {host_of(peer.address()), choice.device.value_or(DeviceName{})};
}

}  // namespace

void Dispatch::run(RegisterRequest request, const Asked& asked) {
  services_.users.enroll(std::move(request.name), std::move(request.password),
                         login_from(*asked.peer, request.choice),
                         login_reply(asked, request.choice));
}

void Dispatch::run(LoginRequest request, const Asked& asked) {
  services_.users.log_in(std::move(request.name), std::move(request.password),
                         login_from(*asked.peer, request.choice),
                         login_reply(asked, request.choice));
}

void Dispatch::run(AuthRequest request, const Asked& asked) {
  services_.users.resume(std::move(request.token), request.choice.device,
                         login_reply(asked, request.choice));
}

Reply<LoggedIn> Dispatch::login_reply(const Asked& asked, const SessionChoice& choice) {
  return Reply<LoggedIn>(services_.loop, [this, to = std::weak_ptr<Peer>(asked.peer),
                                          ticket = asked.ticket, choice](Result<LoggedIn> result) {
    const PeerPtr peer = to.lock();
    if (peer == nullptr || peer->gone()) return;
    if (!result.ok()) return peer->answer(ticket, result.error());
    log_step("login.credentials_checked", *peer, result->user);
    open_session(peer, ticket, choice, std::move(result).value());
  });
}

// From here on the connection carries what left() must undo.
void Dispatch::open_session(const PeerPtr& peer, Ticket ticket, const SessionChoice& choice,
                            LoggedIn who) {
  Login login;
  login.who = {who.user, who.device, who.generation};
  login.ack = choice.ack.value_or(AckMode::kAuto);
  login.sync = choice.sync.value_or(SyncMode::kAuto);
  login.since = services_.loop.clock().wall();
  peer->login = login;
  // The route and the session come before the inbox is read: what is committed in between then
  // comes twice and is dropped by seq; the other order would lose it.
  const UserId user = who.user;
  services_.presence.arrived(user, [this, to = std::weak_ptr<Peer>(peer), ticket,
                                    since = choice.since, who = std::move(who)]() mutable {
    const PeerPtr still_there = to.lock();
    if (still_there == nullptr || still_there->gone() || !still_there->login) return;
    log_step("login.route_bound", *still_there, who.user);
    open_bound(still_there, ticket, since, std::move(who));
  });
}

void Dispatch::open_bound(const PeerPtr& peer, Ticket ticket, std::optional<uint64_t> since,
                          LoggedIn who) {
  auto on_opened = [this, to = std::weak_ptr<Peer>(peer), ticket,
                    who = std::move(who)](Result<InboxCounts> counts) mutable {
    const PeerPtr still_there = to.lock();
    if (still_there == nullptr || still_there->gone()) return;
    opened(still_there, ticket, std::move(who), std::move(counts));
  };
  const Login login = *peer->login;
  const SessionId session =
      services_.hub.open(login.who, login.ack, login.sync, *peer, std::move(on_opened), since);
  if (peer->login) peer->login->session_id = session;
}

void Dispatch::opened(const PeerPtr& peer, Ticket ticket, LoggedIn who,
                      Result<InboxCounts> counts) {
  if (!counts.ok()) {
    services_.presence.left({who.user, who.device}, false, false);
    peer->login.reset();
    return peer->answer(ticket, counts.error());
  }
  peer->login->opened = true;
  peer->login->session = services_.hub.find(peer->login->session_id);
  services_.presence.came(who.user);
  log_step("login.session_opened", *peer, who.user);
  LoggedInResponse answer;
  answer.user = who.user;
  answer.pending = counts->pending;
  answer.unread = counts->unread;
  answer.token = std::move(who.token);
  answer.epoch = std::move(who.epoch);
  answer.own = std::move(counts->own);
  peer->answer(ticket, std::move(answer));
}

void Dispatch::left(Peer& peer) {
  if (!peer.login) return;
  const Login login = *peer.login;
  peer.login.reset();
  services_.hub.close(login.session_id);
  services_.presence.left({login.who.user, login.who.device}, login.opened, login.away);
  log_step("session.left", peer, login.who.user);
}

void Dispatch::run(QuitRequest, const Asked& asked) {
  // Submitted before the answer: the device's next log-in finds its cursors where it left them.
  if (asked.peer->login) services_.hub.settle(asked.peer->login->session_id);
  asked.peer->answer(asked.ticket, ByeResponse{});
  asked.peer->finish();
}

void Dispatch::run(LogoutRequest, const Asked& asked) {
  services_.hub.settle(asked.peer->login->session_id);
  services_.users.revoke(caller_of(*asked.peer),
                         Reply<bool>(services_.loop, [to = std::weak_ptr<Peer>(asked.peer),
                                                      ticket = asked.ticket](Result<bool> revoked) {
                           const PeerPtr peer = to.lock();
                           if (peer == nullptr || peer->gone()) return;
                           if (!revoked.ok()) return peer->answer(ticket, revoked.error());
                           peer->answer(ticket, ByeResponse{});
                           peer->finish();
                         }));
}

}  // namespace mpim
