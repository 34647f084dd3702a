#include "ops/user/profile_columns.h"

#include <array>

namespace mpim::ops {
namespace {

constexpr auto kColumns = std::to_array<Column>({
    {"ID", "id", Cell::kNumber},
    {"NAME", "name"},
    {"DISABLED", "disabled"},
    {"SESSIONS", "sessions", Cell::kNumber},
    {"CREATED", "createdAtMs", Cell::kTime},
    {"DISPLAY NAME", "displayName"},
    {"ABOUT", "about"},
    {"DIRECT MESSAGES", "directMessages"},
});

}  // namespace

Value with_profile(Value user, const Value& profile) {
  for (const char* const key : {"displayName", "about", "avatar", "directMessages", "version"})
    user.set(key, profile.at(key));
  return user;
}

std::span<const Column> profile_columns() { return kColumns; }

}  // namespace mpim::ops
