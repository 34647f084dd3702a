// What people are told about joining a group that stands in no log.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <string>
#include <utility>

#include "server/core/signal.h"
#include "server/store/groups.h"

namespace mpim {

// To the invited one: `by` invited him ("open"), or the invitation is gone ("none").
inline ChangeSignal invitation_signal(const Invitation& made, GroupId group, UserId by,
                                      std::string state) {
  ChangeSignal change;
  change.version = made.version;
  change.kind = ChangeKind::kInvite;
  change.user = by;
  change.group = group;
  change.state = std::move(state);
  return change;
}

// `user` asks to join ("open", to the admins), or may not ("refused", to him).
inline ChangeSignal join_request_signal(GroupId group, UserId user, std::string state) {
  ChangeSignal change;
  change.kind = ChangeKind::kJoinRequest;
  change.user = user;
  change.group = group;
  change.state = std::move(state);
  return change;
}

}  // namespace mpim
