#include "server/config/overlay.h"

namespace mpim {

Overlaid overlay(const Settings& own, const std::map<std::string, std::string>& values) {
  Overlaid result{own, {}};
  for (const auto& [name, value] : values) {
    const Result<std::string> taken = accept_live(name, value);
    if (!taken.ok()) {
      result.left.push_back(taken.error().message);
    } else if (const auto set = set_setting(result.settings, name, *taken); !set.ok()) {
      result.left.push_back(set.error().message);
    }
  }
  return result;
}

Result<std::string> accept_live(std::string_view name, std::string_view value) {
  Settings scratch;
  MPIM_CHECKED(set_setting(scratch, name, value));
  if (!setting_row(name)->live)
    return Error{Code::kBadRequest,
                 "`" + std::string(name) +
                     "` is read when a node starts: set it in each node's own settings file "
                     "(mpimctl config set) and restart the nodes one after another"};
  return get_setting(scratch, name);
}

}  // namespace mpim
