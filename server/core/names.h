// The short texts people choose: checked once, at the edge, and trusted afterwards.
#pragma once

#include <compare>
#include <string>
#include <variant>

#include "server/core/ids.h"

namespace mpim {

// A user's name: 1 to 32 bytes of UTF-8 letters, digits, '.', '_', '-'; not only digits. `shown` is
// as typed (NFC), `key` is case-folded and is what must be unique. Made by contract/convert alone.
struct UserName {
  std::string shown;
  std::string key;
  auto operator<=>(const UserName&) const = default;
};

// A device's name within its user: 1 to 32 of [A-Za-z0-9._-].
struct DeviceName {
  std::string text = "default";
  auto operator<=>(const DeviceName&) const = default;
};

// Somebody, as people say it: a number or a name.
using UserChoice = std::variant<UserId, UserName>;

}  // namespace mpim
