#include "server/core/signal.h"

#include <array>

namespace mpim {

std::string_view name_of(ReceiptKind kind) {
  return kind == ReceiptKind::kDelivered ? "delivered" : "read";
}

std::string_view name_of(PresenceState state) {
  constexpr std::array<std::string_view, 3> kNames{"offline", "away", "online"};
  return kNames.at(static_cast<size_t>(state));
}

std::string_view name_of(ChangeKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"friend",  "block",  "read",
                                                   "profile", "invite", "join_request"};
  return kNames.at(static_cast<size_t>(kind));
}

}  // namespace mpim
