#include "server/node/cluster/session_inquiry.h"

#include <memory>
#include <string>

namespace mpim {

void SessionInquiry::ask(const NodeId& node, UserId user, Reply<std::vector<LiveSession>> reply) {
  const uint64_t ticket = ++tickets_;
  const TimerId late = home_.after(patience_, [this, ticket, node] { give_up(ticket, node); });
  waiting_.emplace(ticket, Waiting{std::move(reply), late});
  const EnvelopePtr asked = std::make_shared<Envelope>(SessionsAsked{user, self_, ticket});
  bus_.publish(node, {&asked, 1});
}

void SessionInquiry::receive(std::span<const EnvelopePtr> envelopes) {
  for (const EnvelopePtr& envelope : envelopes) {
    if (const auto* const asked = std::get_if<SessionsAsked>(envelope.get())) {
      answer(*asked);
    } else if (std::holds_alternative<SessionsTold>(*envelope)) {
      home_.post([this, envelope] { take(std::get<SessionsTold>(*envelope)); });
    }
  }
}

void SessionInquiry::answer(const SessionsAsked& asked) {
  auto tell = [this, to = asked.by,
               ticket = asked.ticket](Result<std::vector<LiveSession>> sessions) {
    if (!sessions.ok()) return;
    const EnvelopePtr told = std::make_shared<Envelope>(SessionsTold{ticket, std::move(*sessions)});
    bus_.publish(to, {&told, 1});
  };
  here_.list(asked.user, Reply<std::vector<LiveSession>>(home_, std::move(tell)));
}

void SessionInquiry::take(const SessionsTold& told) {
  auto waiting = waiting_.extract(told.ticket);
  if (waiting.empty()) return;  // too late
  home_.cancel(waiting.mapped().late);
  waiting.mapped().reply(told.sessions);
}

void SessionInquiry::give_up(uint64_t ticket, const NodeId& node) {
  auto waiting = waiting_.extract(ticket);
  if (waiting.empty()) return;
  waiting.mapped().reply(Error{Code::kUnavailable, node.name + " did not answer within " +
                                                       std::to_string(patience_.count()) + " ms"});
}

}  // namespace mpim
