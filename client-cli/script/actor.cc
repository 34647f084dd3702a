#include "client-cli/script/actor.h"

#include <utility>

#include "client-cli/json_events.h"

namespace mpim::chat {

Actor::Actor(EventLoop& loop, const ScriptUser& user, LinkOptions options, People& people,
             OnEvent on_event)
    : user_(user),
      people_(people),
      on_event_(std::move(on_event)),
      link_(loop, *this, std::move(options)) {}

std::optional<Result<Stored>> Actor::outcome(const std::string& client_id) {
  auto known = outcomes_.extract(client_id);
  if (known.empty()) return std::nullopt;
  return std::move(known.mapped());
}

void Actor::on_status(const LinkStatus& status) {
  on_event_(*this, json_status(status, link_.server()));
}

void Actor::on_logged_in(const LoggedIn& who) {
  people_.learn(who.user, user_.name);
  on_event_(*this, json_logged_in(who, user_.name));
}

void Actor::on_entry(const Entry& entry) {
  people_.learn(entry, link_.user());
  inbox_.push_back(entry);
  if (entry.kind == EntryKind::kMessage) ++received_;
  newest_[entry.conversation] = entry.id();
  on_event_(*this, json_entry(entry, people_));
}

void Actor::on_gap(ConversationId conversation, uint64_t count, std::string_view why) {
  on_event_(*this, json_gap(conversation, count, why));
}

void Actor::on_sent(const Outgoing& message, const Result<Stored>& outcome) {
  if (!outcome.ok() || !outcome->queued()) outcomes_.emplace(message.client_id, outcome);
  on_event_(*this, json_sent(message, outcome, people_));
}

}  // namespace mpim::chat
