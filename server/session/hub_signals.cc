// What sessions are told outside the log.
#include "server/session/hub.h"

namespace mpim {

void Hub::on(const UserTold& told) {
  const auto found = by_user_.find(told.user);
  if (found == by_user_.end()) return;
  for (const SessionId id : found->second) {
    Session* const session = find(id);
    if (session == nullptr || (told.except && session->who().device == told.except)) continue;
    session->signal(told.signal);
  }
}

void Hub::on(const GroupTold& told) {
  const auto found = by_group_.find(told.audience.conversation);
  if (found == by_group_.end()) return;
  for (const SessionId id : found->second.sessions) {
    Session* const session = find(id);
    if (session != nullptr && session->who().user != told.except) session->signal(told.signal);
  }
}

void Hub::on(const PresenceChanged& changed) { watches_.on(changed.signal); }

}  // namespace mpim
