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

}  // namespace mpim
