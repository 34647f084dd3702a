#include "server/service/presence/typing_service.h"

#include <string>
#include <utility>

namespace mpim {
namespace {

constexpr uint64_t kConversationPlace = 3;  // behind the alternatives of Recipient

}  // namespace

size_t TypingService::Hash::operator()(const Place& place) const noexcept {
  return std::hash<uint64_t>{}(place.session.value * 0x9E37'79B9'7F4A'7C15ULL + place.number * 31 +
                               place.kind);
}

TypingService::Place TypingService::typed(SessionId session, const Recipient& to) {
  uint64_t number = 0;
  if (const auto* const user = std::get_if<UserId>(&to)) number = user->value;
  if (const auto* const group = std::get_if<GroupId>(&to)) number = group->value;
  if (const auto* const name = std::get_if<UserName>(&to))
    number = std::hash<std::string>{}(name->key);
  return {session, to.index(), number};
}

bool TypingService::too_early(const Place& place) const {
  const auto last = told_.find(place);
  return last != told_.end() && home_.clock().steady() - last->second < options_.min_interval;
}

void TypingService::remember(const Place& place) {
  const Instant now = home_.clock().steady();
  if (told_.size() >= kRememberedMax)
    std::erase_if(told_,
                  [&](const auto& row) { return now - row.second >= options_.min_interval; });
  if (told_.size() >= kRememberedMax) told_.clear();
  told_[place] = now;
}

void TypingService::typing(const Caller& caller, SessionId session, Recipient to,
                           Reply<bool> reply) {
  const Place place = typed(session, to);
  if (too_early(place)) return reply(true);
  auto job = [by = caller.user, to = std::move(to), now = home_.clock().wall()](Store& store) {
    return store.presence().typing(by, to, now);
  };
  auto found = [this, place, by = caller.user,
                reply = std::move(reply)](Result<TypingAudience> audience) mutable {
    if (!audience.ok()) return reply(audience.error());
    remember(place);
    tell(by, place.session, *audience);
    reply(true);
  };
  storage_.read(std::move(job), Reply<TypingAudience>(home_, std::move(found)));
}

void TypingService::tell(UserId by, SessionId session, const TypingAudience& to) {
  const Audience& audience = to.audience;
  if (!audience.conversation || to.receiver == by || to.members > options_.members_max) return;
  const Place place{session, kConversationPlace, audience.conversation.value};
  if (too_early(place)) return;
  remember(place);
  const TypingSignal signal{audience.conversation, audience.group, by};
  if (audience.direct()) return fanout_.tell(to.receiver, UserTold{to.receiver, signal});
  fanout_.tell(audience, GroupTold{audience, signal, by});
}

}  // namespace mpim
