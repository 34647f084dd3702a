#include "server/service/presence/presence_service.h"

#include <algorithm>
#include <utility>

namespace mpim {

PresenceService::~PresenceService() { home_.cancel(timer_); }

void PresenceService::came(UserId user) { tell(board_.arrived(user, now())); }

void PresenceService::left(const Caller& who, bool came, bool away) {
  directory_.unbind(who.user);
  if (!came) return;
  if (seen_.empty()) {
    home_.post([this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) flush();
    });
  }
  seen_.push_back({who.device, home_.clock().wall()});
  tell(board_.left(who.user, away, now()));
}

void PresenceService::set_away(UserId user, bool away) { tell(board_.set_away(user, away, now())); }

void PresenceService::ask(const Caller& caller, std::vector<UserId> users,
                          Reply<std::vector<PresenceSignal>> reply) {
  visible(caller, std::move(users),
          Reply<std::vector<LastSeen>>(
              home_, [this, reply = std::move(reply)](Result<std::vector<LastSeen>> found) mutable {
                if (!found.ok()) return reply(found.error());
                look_elsewhere(std::move(*found),
                               Reply<std::vector<Sighting>>(
                                   home_, [this, reply = std::move(reply)](
                                              const Result<std::vector<Sighting>>& seen) mutable {
                                     if (!seen.ok()) return reply(seen.error());
                                     reply(states(*seen));
                                   }));
              }));
}

bool PresenceService::is_here(UserId user) const {
  const auto known = board_.of(user);
  return known && known->state != PresenceState::kOffline;
}

bool PresenceService::is_elsewhere(UserId user, std::span<const NodeId> nodes) const {
  return nodes.size() > (directory_.route(user) ? 1 : 0);
}

void PresenceService::look_elsewhere(std::vector<LastSeen> users,
                                     Reply<std::vector<Sighting>> reply) {
  // The last look to let go of it answers.
  struct Looks {
    std::vector<Sighting> sightings;
    Reply<std::vector<Sighting>> reply;
    ~Looks() { reply(std::move(sightings)); }
  };
  const auto looks = std::make_shared<Looks>();
  looks->reply = std::move(reply);
  for (const LastSeen& user : users) looks->sightings.push_back({user});
  for (size_t i = 0; i < users.size(); ++i) {
    const UserId user = users[i].user;
    if (is_here(user)) continue;
    directory_.nodes_of(
        user, home_,
        [this, looks, i, user, alive = std::weak_ptr(alive_)](std::span<const NodeId> nodes) {
          if (alive.expired()) return;
          looks->sightings[i].elsewhere = is_elsewhere(user, nodes);
        });
  }
}

std::vector<PresenceSignal> PresenceService::states(const std::vector<Sighting>& users) const {
  std::vector<PresenceSignal> all;
  all.reserve(users.size());
  for (const auto& [last, elsewhere] : users) {
    PresenceSignal state{last.user, PresenceState::kOffline, last.at};
    if (const auto known = board_.of(last.user)) state = *known;
    if (elsewhere && state.state == PresenceState::kOffline)
      state = {last.user, PresenceState::kOnline, last.at};
    all.push_back(state);
  }
  return all;
}

void PresenceService::visible(const Caller& caller, std::vector<UserId> users,
                              Reply<std::vector<LastSeen>> reply) {
  if (users.size() > watched_max_)
    return reply(Error{Code::kLimit, "these are " + std::to_string(users.size()) +
                                         " users; presence.watched_max allows " +
                                         std::to_string(watched_max_) + " at once"});
  if (users.empty()) {
    auto job = [asker = caller.user, count_max = watched_max_](Store& store) {
      return store.presence().friends(asker, static_cast<uint32_t>(count_max));
    };
    return storage_.read(std::move(job), std::move(reply));
  }
  std::ranges::sort(users);
  users.erase(std::unique(users.begin(), users.end()), users.end());
  look_on(std::make_shared<Looking>(Looking{caller.user, std::move(users)}), std::move(reply));
}

void PresenceService::look_on(std::shared_ptr<Looking> at, Reply<std::vector<LastSeen>> reply) {
  const size_t count = std::min(kUsersARead, at->users.size() - at->asked);
  auto job = [at, count](Store& store) {
    return store.presence().visible(at->asker, std::span(at->users).subspan(at->asked, count));
  };
  auto looked = [this, at, count, alive = std::weak_ptr(alive_),
                 reply = std::move(reply)](const Result<std::vector<LastSeen>>& some) mutable {
    if (!some.ok()) return reply(some.error());
    if (alive.expired()) return reply(Error{Code::kDraining, "this node is going down"});
    at->found.insert(at->found.end(), some->begin(), some->end());
    at->asked += count;
    if (at->asked == at->users.size()) return reply(std::move(at->found));
    look_on(std::move(at), std::move(reply));
  };
  storage_.read<std::vector<LastSeen>>(std::move(job),
                                       Reply<std::vector<LastSeen>>(home_, std::move(looked)));
}

void PresenceService::flush(Task done) {
  if (seen_.empty() && !done) return;
  storage_.write<bool>(
      ConversationId{},
      [seen = std::exchange(seen_, {})](Store& store) -> Result<bool> {
        MPIM_CHECKED(store.presence().seen(seen));
        return true;
      },
      // A time that could not be stored is one of a log-in instead: not worth another try.
      Reply<bool>(home_, [done = std::move(done)](const Result<bool>&) mutable {
        if (done) done();
      }));
}

void PresenceService::tell(const PresenceBoard::News& news) {
  if (news.tell) tell_all(*news.tell);
  look_again_at(news.look_again);
}

// Who left here may be on another node, and is not gone then; and he may be back before that is
// known.
void PresenceService::tell_all(const PresenceSignal& signal) {
  if (signal.state != PresenceState::kOffline)
    return fanout_.tell_everybody(PresenceChanged{signal});
  directory_.nodes_of(
      signal.user, home_,
      [this, signal, alive = std::weak_ptr(alive_)](std::span<const NodeId> nodes) {
        if (alive.expired() || is_here(signal.user) || is_elsewhere(signal.user, nodes)) return;
        fanout_.tell_everybody(PresenceChanged{signal});
      });
}

// One timer for the earliest; what another worker has due, that one looks at.
void PresenceService::look_again_at(std::optional<Instant> when) {
  if (!when || (looking_at_ && *looking_at_ <= *when)) return;
  home_.cancel(timer_);
  looking_at_ = when;
  const Millis wait = std::max(*when - home_.clock().steady(), Millis(0));
  timer_ = home_.after(wait, [this] { look(); });
}

void PresenceService::look() {
  timer_ = {};
  looking_at_.reset();
  const PresenceBoard::Due due = board_.take_due(home_.clock().steady());
  for (const PresenceSignal& signal : due.tell) tell_all(signal);
  look_again_at(due.look_again);
}

}  // namespace mpim
