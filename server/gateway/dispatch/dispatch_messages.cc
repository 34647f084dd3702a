// What people send, receive and read.
#include <chrono>

#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/socket_address.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// One more than is ever counted: the total of so many rows is right.
constexpr uint32_t kUnreadRowsMax = kCountedMax + 1;

using Ticking = std::chrono::steady_clock;

double seconds_since(Ticking::time_point start) {
  return std::chrono::duration<double>(Ticking::now() - start).count();
}

}  // namespace

bool Dispatch::may_change(const Asked& asked) {
  const Result<void> allowed = services_.rates.may_change(
      asked.peer->login->who.user, host_of(asked.peer->address()), services_.loop.clock().steady());
  if (allowed.ok()) return true;
  count(Counter::kMessagesRefused);
  asked.peer->answer(asked.ticket, allowed.error());
  return false;
}

void Dispatch::run(SendRequest request, const Asked& asked) {
  const SessionIdentity& who = asked.peer->login->who;
  const Result<RateLimit::Taken> allowed = services_.rates.may_send(
      who.user, host_of(asked.peer->address()), request.to, services_.loop.clock().steady());
  if (!allowed.ok()) {
    count(Counter::kMessagesRefused);
    return asked.peer->answer(asked.ticket, allowed.error());
  }
  Draft draft;
  draft.to = std::move(request.to);
  draft.sender = who.user;
  draft.device = who.device;
  draft.client_id = request.client_id;
  draft.type = request.type;
  draft.text = std::move(request.text);
  draft.file = request.file;
  draft.client_at = request.client_at;
  draft.ext = std::move(request.ext);
  if (Session* const session = asked.peer->login->session) session->on_sending();
  services_.messages.send(
      std::move(draft),
      [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket, &rates = services_.rates,
       taken = *allowed, client_id = std::move(request.client_id),
       start = Ticking::now()](const Result<Committed>& result) {
        observe(Histogram::kMessageSeconds, seconds_since(start));
        if (!result.ok() && result.error().code != Code::kUnknown) rates.give_back(taken);
        const PeerPtr peer = to.lock();
        if (peer == nullptr || peer->gone()) return;
        if (Session* const session = peer->login->session) {
          if (result.ok() && !result->duplicate && result->id.value != 0)
            session->on_own({result->id, result->at});
          session->on_sent();
        }
        if (!result.ok()) return peer->answer(ticket, result.error());
        peer->answer(ticket, SentResponse{result.value(), client_id});
      });
}

void Dispatch::run(PullRequest request, const Asked& asked) {
  if (!has_session(asked)) return;
  std::optional<CursorMove> from;
  if (request.from) from = CursorMove{request.from->conversation, request.from->after};
  // A mark that cannot be stored is lost, as if the session had ended before: READ marks as well.
  Session::MarkRead mark;
  if (request.reads)
    mark = [&services = services_, caller = caller_of(*asked.peer)](const SeenEntry& through) {
      services.messages.read(caller, through, Reply<Seq>(services.loop, [](const Result<Seq>&) {}));
    };
  asked.peer->login->session->pull(
      request.count_max, from,
      [to = std::weak_ptr<Peer>(asked.peer), ticket = asked.ticket](Result<PullOutcome> outcome) {
        const PeerPtr peer = to.lock();
        if (peer == nullptr || peer->gone()) return;
        if (!outcome.ok()) return peer->answer(ticket, outcome.error());
        peer->answer(ticket, PullResponse{outcome->level, outcome->count});
      },
      std::move(mark));
}

void Dispatch::run(AckRequest request, const Asked& asked) {
  if (!has_session(asked)) return;
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

void Dispatch::run(InboxRequest request, const Asked& asked) {
  services_.messages.inbox(
      caller_of(*asked.peer), request.after, request.count_max,
      answer_with<InboxPage>(asked, [](InboxPage page, Peer& peer) -> Response {
        return InboxResponse{std::move(page.entries), page.more, peer.login->who.user};
      }));
}

void Dispatch::run(ConfirmRequest request, const Asked& asked) {
  services_.messages.confirm(caller_of(*asked.peer), std::move(request.ids),
                             answer_with<uint32_t>(asked, [](uint32_t moved, Peer&) -> Response {
                               return ConfirmedResponse{moved};
                             }));
}

void Dispatch::run(ReadRequest request, const Asked& asked) {
  const ConversationId conversation = request.through.conversation();
  const Session* const session = asked.peer->login->session;
  const Timestamp at = session == nullptr ? Timestamp{} : session->given_at(request.through);
  services_.messages.read(caller_of(*asked.peer), {request.through, at},
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

}  // namespace mpim
