#include "client-cli/repl/changes.h"

namespace mpim::chat {
namespace {

std::string friend_text(const std::string& name, const std::string& state) {
  if (state == "requested")
    return name + " asks to be your friend: /accept " + name + " or /reject " + name;
  if (state == "friends") return name + " and you are friends now";
  if (state == "asked") return "you asked " + name + " to be your friend, on another device";
  return name + " and you are not friends any more, or the request is settled";
}

}  // namespace

std::string change_text(const ChangeSignal& change, const People& people) {
  const std::string name = people.name_of(change.user);
  switch (change.kind) {
    case ChangeKind::kFriend: return friend_text(name, change.state);
    case ChangeKind::kBlock:
      return change.state == "on" ? "you blocked " + name + " on another device"
                                  : "you unblocked " + name + " on another device";
    case ChangeKind::kProfile: return "your profile was changed on another device";
    case ChangeKind::kRead: return {};
    case ChangeKind::kInvite:
      return change.state == "open" ? name + " invites you to " + people.name_of(change.group)
                                    : std::string();
    case ChangeKind::kJoinRequest: return name + " asks to join " + people.name_of(change.group);
  }
  return {};
}

}  // namespace mpim::chat
