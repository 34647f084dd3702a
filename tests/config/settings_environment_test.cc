#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>

#include "server/config/settings.h"

namespace mpim {
namespace {

// An environment variable that is as it was when this ends.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST_CASE("an environment variable overrides a setting", "[config]") {
  const Variable workers("MPIM_SERVER_WORKERS", "3");
  const Variable closed("MPIM_AUTH_REGISTER_OPEN", "false");
  const Variable memory("MPIM_AUTH_ARGON2_MEMORY_KIB", "8");
  Settings settings;
  REQUIRE(read_settings_environment(settings).ok());
  CHECK(settings.server.workers == 3);
  CHECK(settings.auth.argon2_memory_kib == 8);
  CHECK_FALSE(settings.auth.register_open);
}

TEST_CASE("a bad environment variable is named and nothing is changed", "[config]") {
  const Variable good("MPIM_NODE_ID", "n1");
  const Variable bad("MPIM_SERVER_WORKERS", "many");
  Settings settings;
  const auto read = read_settings_environment(settings);
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().code == Code::kBadRequest);
  CHECK(read.error().message ==
        "MPIM_SERVER_WORKERS: `server.workers` must be a number from 0 to 64, not `many`");
  CHECK(settings.node.id == "local");
}

TEST_CASE("a slip in a variable's name is refused, another purpose's variable is not", "[config]") {
  Settings settings;
  {
    const Variable slip("MPIM_SERVER_WORKRES", "2");
    CHECK(read_settings_environment(settings).error().message ==
          "unknown variable MPIM_SERVER_WORKRES; did you mean MPIM_SERVER_WORKERS?");
  }
  const Variable other("MPIM_CONTEXT", "staging");
  CHECK(read_settings_environment(settings).ok());
}

TEST_CASE("the data directory follows the XDG specification", "[config]") {
  const Variable home("HOME", "/home/ann");
  Settings settings;
  {
    const Variable state("XDG_STATE_HOME", "/state");
    CHECK(data_dir(settings) == "/state/mpim");
  }
  for (const char* ignored : {static_cast<const char*>(nullptr), "", "relative/state"}) {
    const Variable state("XDG_STATE_HOME", ignored);
    CHECK(data_dir(settings) == "/home/ann/.local/state/mpim");
  }
  settings.data.dir = "/srv/mpim";
  CHECK(data_dir(settings) == "/srv/mpim");
}

TEST_CASE("the admin socket is in the runtime directory, else beside the data", "[config]") {
  const Variable state("XDG_STATE_HOME", "/state");
  Settings settings;
  {
    const Variable runtime("XDG_RUNTIME_DIR", nullptr);
    CHECK(admin_socket(settings) == "/state/mpim/admin.sock");
  }
  const Variable runtime("XDG_RUNTIME_DIR", "/run/user/7");
  CHECK(admin_socket(settings) == "/run/user/7/mpim/admin.sock");
  settings.data.dir = "/srv/mpim";
  CHECK(admin_socket(settings) == "/run/user/7/mpim/admin.sock");
  settings.admin.socket = "/tmp/a.sock";
  CHECK(admin_socket(settings) == "/tmp/a.sock");
}

}  // namespace
}  // namespace mpim
