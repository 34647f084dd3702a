#include "server/core/message.h"

#include "server/core/enum_name.h"

namespace mpim {

std::string_view name_of(EntryKind kind) {
  constexpr std::array<std::string_view, 13> kNames{
      "message", "join", "leave", "kick",   "recall",   "edit",    "rename",
      "notice",  "role", "mute",  "unmute", "dissolve", "settings"};
  return name_in(kNames, kind);
}

std::string_view name_of(ContentType type) {
  constexpr std::array<std::string_view, 4> kNames{"text", "image", "file", "voice"};
  return name_in(kNames, type);
}

std::string_view name_of(EntryState state) {
  constexpr std::array<std::string_view, 3> kNames{"as_sent", "edited", "recalled"};
  return name_in(kNames, state);
}

}  // namespace mpim
