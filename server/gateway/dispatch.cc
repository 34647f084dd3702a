#include "server/gateway/dispatch.h"

#include <chrono>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr uint32_t kUnreadRowsMax = 1'000;

using Ticking = std::chrono::steady_clock;

double seconds_since(Ticking::time_point start) {
  return std::chrono::duration<double>(Ticking::now() - start).count();
}

}  // namespace

void Dispatch::dispatch(Request request, const PeerPtr& peer, Ticket ticket) {
  std::visit([&](auto& one) { run(std::move(one), Asked{peer, ticket}); }, request);
}

Caller Dispatch::caller_of(const Peer& peer) {
  return {peer.login->who.user, peer.login->who.device};
}

void Dispatch::run(SendRequest request, const Asked& asked) {
  const SessionIdentity& who = asked.peer->login->who;
  Draft draft;
  draft.to = std::move(request.to);
  draft.sender = who.user;
  draft.device = who.device;
  draft.client_id = std::move(request.client_id);
  draft.type = request.type;
  draft.text = std::move(request.text);
  asked.peer->login->session->on_sending();
  services_.messages.send(std::move(draft),
                          [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket,
                           start = Ticking::now()](const Result<Committed>& result) {
                            observe(Histogram::kMessageSeconds, seconds_since(start));
                            const PeerPtr peer = to.lock();
                            if (peer == nullptr || peer->gone()) return;
                            Session& session = *peer->login->session;
                            if (result.ok() && !result->duplicate) session.on_own(result->id);
                            session.on_sent();
                            if (!result.ok()) return peer->answer(ticket, result.error());
                            peer->answer(ticket, SentResponse{result.value()});
                          });
}

void Dispatch::run(PullRequest request, const Asked& asked) {
  std::optional<CursorMove> from;
  if (request.from) from = CursorMove{request.from->conversation, request.from->after};
  asked.peer->login->session->pull(
      request.count_max, from,
      [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket](Result<PullOutcome> outcome) {
        const PeerPtr peer = to.lock();
        if (peer == nullptr || peer->gone()) return;
        if (!outcome.ok()) return peer->answer(ticket, outcome.error());
        peer->answer(ticket, PullResponse{outcome->level, outcome->count});
      });
}

void Dispatch::run(AckRequest request, const Asked& asked) {
  Session& session = *asked.peer->login->session;
  for (const MessageId id : request.ids) {
    const Result<void> allowed = session.may_ack(id);
    if (!allowed.ok()) return asked.peer->answer(asked.ticket, allowed.error());
  }
  if (request.ids.empty()) session.ack_all();
  for (const MessageId id : request.ids) {
    const Result<void> moved = session.ack(id);
    if (!moved.ok()) return asked.peer->answer(asked.ticket, moved.error());
  }
  asked.peer->answer(asked.ticket, AckedResponse{});
}

void Dispatch::run(ReadRequest request, const Asked& asked) {
  const ConversationId conversation = request.through.conversation();
  services_.messages.read(caller_of(*asked.peer), request.through,
                          answer_with<Seq>(asked, [conversation](Seq read, Peer&) -> Response {
                            return ReadResponse{MessageId(conversation, read)};
                          }));
}

void Dispatch::run(UnreadRequest, const Asked& asked) {
  services_.messages.unread(
      caller_of(*asked.peer), kUnreadRowsMax,
      answer_with<std::vector<Unread>>(asked, [](std::vector<Unread> rows, Peer&) -> Response {
        return UnreadResponse{std::move(rows)};
      }));
}

void Dispatch::run(CreateGroupRequest request, const Asked& asked) {
  // Its first entry is the founder's own join.
  services_.groups.create(caller_of(*asked.peer), std::move(request.name),
                          std::move(request.description),
                          answer_with<Group>(asked, [](Group group, Peer& peer) -> Response {
                            peer.login->session->on_own(MessageId(group.conversation, Seq(1)));
                            return GroupCreatedResponse{std::move(group)};
                          }));
}

void Dispatch::run(JoinGroupRequest request, const Asked& asked) {
  services_.groups.join(caller_of(*asked.peer), request.group,
                        answer_with<Committed>(asked, [](Committed made, Peer& peer) -> Response {
                          peer.login->session->on_own(made.id);
                          return MembershipResponse{made.id};
                        }));
}

void Dispatch::run(LeaveGroupRequest request, const Asked& asked) {
  services_.groups.leave(caller_of(*asked.peer), request.group,
                         answer_with<Committed>(asked, [](Committed made, Peer& peer) -> Response {
                           peer.login->session->on_own(made.id);
                           return MembershipResponse{made.id};
                         }));
}

void Dispatch::run(GroupsRequest, const Asked& asked) {
  services_.groups.groups(
      caller_of(*asked.peer),
      answer_with<std::vector<Group>>(asked, [](std::vector<Group> rows, Peer&) -> Response {
        return GroupsResponse{std::move(rows)};
      }));
}

void Dispatch::run(MembersRequest request, const Asked& asked) {
  // One more than asked for tells whether there are more.
  const size_t asked_for = request.count_max;
  services_.groups.members(caller_of(*asked.peer), request.group, request.after,
                           request.count_max + 1,
                           answer_with<std::vector<Member>>(
                               asked, [asked_for](std::vector<Member> rows, Peer&) -> Response {
                                 const bool more = rows.size() > asked_for;
                                 if (more) rows.resize(asked_for);
                                 return MembersResponse{std::move(rows), more};
                               }));
}

void Dispatch::run(PingRequest, const Asked& asked) {
  asked.peer->answer(asked.ticket, PongResponse{});
}

void Dispatch::run(HelpRequest request, const Asked& asked) {
  asked.peer->answer(asked.ticket, HelpResponse{std::move(request.verb)});
}

}  // namespace mpim
