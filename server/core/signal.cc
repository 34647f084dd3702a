#include "server/core/signal.h"

#include "server/core/enum_name.h"

namespace mpim {

std::string_view name_of(ReceiptKind kind) {
  return kind == ReceiptKind::kDelivered ? "delivered" : "read";
}

std::string_view name_of(PresenceState state) {
  constexpr std::array<std::string_view, 3> kNames{"offline", "away", "online"};
  return name_in(kNames, state);
}

std::string_view name_of(ChangeKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"friend",  "block",  "read",
                                                   "profile", "invite", "join_request"};
  return name_in(kNames, kind);
}

}  // namespace mpim
