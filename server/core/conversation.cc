#include "server/core/conversation.h"

namespace mpim {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::kMember: return "member";
    case Role::kAdmin: return "admin";
    case Role::kOwner: return "owner";
  }
  return "member";
}

std::string_view name_of(JoinPolicy policy) {
  switch (policy) {
    case JoinPolicy::kOpen: return "open";
    case JoinPolicy::kApproval: return "approval";
    case JoinPolicy::kClosed: return "closed";
  }
  return "open";
}

}  // namespace mpim
