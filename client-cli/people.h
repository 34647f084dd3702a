// Who is who: the wire speaks in numbers, people in names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client-cli/link/outbox.h"
#include "server/core/ids.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim::chat {

// Names of users and groups as far as this program has met them: in lists, in its own sends, in
// log-ins.
//
// Threads  one.
class People {
 public:
  void learn(UserId user, std::string name);
  void learn(GroupId group, std::string name);
  void forget(GroupId group);
  // A send to `to` was stored there: so that is the conversation with him. A name that was typed is
  // his from the moment that his number is known too.
  void learn(ConversationId conversation, const Destination& to);
  // `self`: whose entry stream this is.
  void learn(const Entry& entry, UserId self);

  // "bob", or "1002" while the name is not known: no request tells a stranger's.
  std::string name_of(UserId user) const;
  // "#tea", or "#1001".
  std::string name_of(GroupId group) const;
  std::string name_of(const Destination& to) const;
  // The other end of a conversation, if it was met.
  std::optional<Destination> behind(ConversationId conversation) const;
  // The same user by number and by name is one destination.
  Destination known(Destination to) const;

  // bob, @bob, 1002, #1001, #tea: whom that means. Groups must have been met, unless numbered.
  Result<Destination> find(std::string_view typed) const;

  std::vector<std::string> user_names() const;   // sorted
  std::vector<std::string> group_names() const;  // "#tea", sorted

 private:
  std::map<UserId, std::string> users_;
  std::map<GroupId, std::string> groups_;
  std::map<ConversationId, Destination> conversations_;
};

}  // namespace mpim::chat
