// What a node says of the settings that may change while it runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"

namespace mpim {

struct LiveSetting {
  std::string name;
  std::string value;                        // as this node goes by
  std::string own;                          // as its file, environment or flag says
  std::optional<std::string> cluster = {};  // as all nodes are told; none: each its own
  std::string accepts;                      // "a number from 0 to 64"
  std::string help;
};

// Threads  any.
class LiveSettings {
 public:
  virtual ~LiveSettings() = default;
  // Ascending by name; `cluster` is not filled in.
  virtual std::vector<LiveSetting> list() const = 0;
  // The value as it is kept. kNotFound: no such setting; kBadRequest: out of bounds, or it is read
  // at a start alone.
  virtual Result<std::string> accept(std::string_view name, std::string_view value) const = 0;
};

}  // namespace mpim
