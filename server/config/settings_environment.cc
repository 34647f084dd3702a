#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "server/config/settings_table.h"

namespace mpim {
namespace {

constexpr std::string_view kPrefix = "MPIM_";

// server.workers is MPIM_SERVER_WORKERS.
std::string variable_of(const Setting& setting) {
  std::string name(kPrefix);
  for (const char letter : setting.row.name)
    name += letter == '.'
                ? '_'
                : static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  return name;
}

// An absolute path from the environment, or empty: the XDG specification ignores relative ones.
std::string absolute_path(const char* variable) {
  const char* path = std::getenv(variable);
  return path != nullptr && path[0] == '/' ? path : "";
}

std::string home_dir() {
  std::string home = absolute_path("HOME");
  if (!home.empty()) return home;
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16'384, '\0');
  getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr && found->pw_dir != nullptr ? found->pw_dir : "/tmp";
}

// What the other programs read (mpimctl, mpim-chat).
constexpr std::array<std::string_view, 5> kOthers{"MPIM_ADMIN_TOKEN", "MPIM_ADMIN_URL", "MPIM_HTTP",
                                                  "MPIM_PASSWORD", "MPIM_SERVER"};

// Variables of other purposes share the prefix, so only one that looks like a slip is refused.
Result<void> refuse_slips(std::span<const std::string> variables) {
  std::vector<std::string_view> known(variables.begin(), variables.end());
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const std::string_view name = line.substr(0, line.find('='));
    if (!name.starts_with(kPrefix) || std::ranges::find(known, name) != known.end()) continue;
    if (std::ranges::find(kOthers, name) != kOthers.end()) continue;
    const std::string near = nearest_name(name, known);
    if (near.empty()) continue;
    return Error{Code::kBadRequest,
                 "unknown variable " + std::string(name) + "; did you mean " + near + "?"};
  }
  return {};
}

}  // namespace

Result<void> read_settings_environment(Settings& settings) {
  Settings read = settings;
  std::vector<std::string> variables;
  for (const Setting& setting : settings_table()) {
    const std::string& variable = variables.emplace_back(variable_of(setting));
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) continue;
    if (const auto set = set_setting(read, setting.row.name, value); !set)
      return Error{Code::kBadRequest, variable + ": " + set.error().message};
  }
  MPIM_CHECKED(refuse_slips(variables));
  settings = std::move(read);
  return {};
}

std::string data_dir(const Settings& settings) {
  if (!settings.data.dir.empty()) return settings.data.dir;
  const std::string state = absolute_path("XDG_STATE_HOME");
  return (state.empty() ? home_dir() + "/.local/state" : state) + "/mpim";
}

std::string files_dir(const Settings& settings) {
  return settings.files.dir.empty() ? data_dir(settings) + "/files" : settings.files.dir;
}

std::string admin_socket(const Settings& settings) {
  if (!settings.admin.socket.empty()) return settings.admin.socket;
  const std::string runtime = absolute_path("XDG_RUNTIME_DIR");
  return runtime.empty() ? data_dir(settings) + "/admin.sock" : runtime + "/mpim/admin.sock";
}

std::string settings_file() {
  const std::string config = absolute_path("XDG_CONFIG_HOME");
  const std::string of_user =
      (config.empty() ? home_dir() + "/.config" : config) + "/mpim/mpimd.toml";
  for (const std::string& path : {std::string("mpimd.toml"), of_user})
    if (access(path.c_str(), F_OK) == 0) return path;
  return {};
}

}  // namespace mpim
