// Who is there, and who is typing.
#include <algorithm>

#include "server/gateway/dispatch/dispatch.h"

namespace mpim {
namespace {

Error too_many_watched(size_t wanted, size_t max) {
  return {Code::kLimit, "this session would follow " + std::to_string(wanted) +
                            " users; presence.watched_max allows " + std::to_string(max) +
                            ": UNWATCH some"};
}

}  // namespace

void Dispatch::run(PresenceRequest request, const Asked& asked) {
  services_.presence.ask(caller_of(*asked.peer), std::move(request.users),
                         answer_with<std::vector<PresenceSignal>>(
                             asked, [](std::vector<PresenceSignal> rows, Peer&) -> Response {
                               return PresenceResponse{std::move(rows)};
                             }));
}

void Dispatch::run(WatchRequest request, const Asked& asked) {
  if (!has_session(asked)) return;
  services_.presence.visible(
      caller_of(*asked.peer), std::move(request.users),
      Reply<std::vector<LastSeen>>(
          services_.loop, [this, to = std::weak_ptr<Peer>(asked.peer),
                           ticket = asked.ticket](Result<std::vector<LastSeen>> found) {
            const PeerPtr peer = to.lock();
            if (peer == nullptr || peer->gone()) return;
            if (!found.ok()) return peer->answer(ticket, found.error());
            Watches& watches = services_.hub.watches();
            const SessionId session = peer->login->session_id;
            const size_t max = services_.presence.watched_max();
            std::vector<UserId> users;
            for (const LastSeen& each : *found) users.push_back(each.user);
            const auto is_new = [&](UserId user) { return !watches.has(session, user); };
            const size_t wanted =
                watches.count(session) + static_cast<size_t>(std::ranges::count_if(users, is_new));
            if (wanted > max) return peer->answer(ticket, too_many_watched(wanted, max));
            // Followed first, looked at second: what changes from now on is told.
            const size_t watched = watches.add(session, users, max);
            services_.presence.look_elsewhere(
                std::move(*found),
                answer_with<std::vector<Sighting>>(
                    {peer, ticket},
                    [this, watched](const std::vector<Sighting>& seen, Peer&) -> Response {
                      return WatchResponse{watched, services_.presence.states(seen)};
                    }));
          }));
}

void Dispatch::run(UnwatchRequest request, const Asked& asked) {
  if (!has_session(asked)) return;
  Watches& watches = services_.hub.watches();
  const SessionId session = asked.peer->login->session_id;
  if (request.users.empty())
    watches.remove_all(session);
  else
    watches.remove(session, request.users);
  asked.peer->answer(asked.ticket, WatchResponse{watches.count(session), {}});
}

void Dispatch::run(AwayRequest request, const Asked& asked) {
  if (!has_session(asked)) return;
  Login& login = *asked.peer->login;
  if (login.away != request.away) services_.presence.set_away(login.who.user, request.away);
  login.away = request.away;
  asked.peer->answer(asked.ticket, AwayResponse{login.away});
}

void Dispatch::run(TypingRequest request, const Asked& asked) {
  services_.typing.typing(
      caller_of(*asked.peer), asked.peer->login->session_id, std::move(request.to),
      answer_with<bool>(asked, [](bool, Peer&) -> Response { return TypingResponse{}; }));
}

}  // namespace mpim
