#include "ops/config/settings_place.h"

namespace mpim::ops {

std::string settings_place(const Call& call) {
  const std::string found = call.settings_file();
  return found.empty() ? "mpimd.toml" : found;
}

Result<Settings> settings_in_file(Call& call) {
  Settings settings;
  const auto read = read_settings_file(settings, settings_place(call));
  if (!read && read.error().code == Code::kNotFound)
    return call.failing(read.error(), "`mpimctl config init` writes one");
  if (!read) return read.error();
  return settings;
}

}  // namespace mpim::ops
