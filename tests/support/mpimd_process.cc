#include "tests/support/mpimd_process.h"

#include <signal.h>

#include "server/core/check.h"

namespace mpim::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};

std::vector<std::string> flags_for(const std::string& data_dir,
                                   const MpimdProcess::Options& options) {
  std::vector<std::string> flags{
      "--data-dir",  data_dir, "--line",      "127.0.0.1:0",    "--ws",
      "127.0.0.1:0", "--http", "127.0.0.1:0", "--admin-socket", data_dir + "/admin.sock"};
  flags.insert(flags.end(), options.flags.begin(), options.flags.end());
  return flags;
}

// The value of `key` in "ready line=127.0.0.1:4711 http=...".
std::string value_in(const std::string& line, const std::string& key) {
  const size_t at = line.find(" " + key + "=");
  if (at == std::string::npos) return {};
  const size_t from = at + key.size() + 2;
  return line.substr(from, line.find(' ', from) - from);
}

}  // namespace

MpimdProcess::MpimdProcess(std::string data_dir) : MpimdProcess(std::move(data_dir), Options{}) {}

MpimdProcess::MpimdProcess(std::string data_dir, const Options& options)
    : data_dir_(std::move(data_dir)),
      process_(program_path(options.program), flags_for(data_dir_, options)) {
  const auto announced = process_.wait_for_line("ready ", kPatience);
  ready_ = announced.has_value();
  if (!ready_) {
    if (!options.may_fail) fprintf(stderr, "mpimd said: %s\n", process_.err().c_str());
    MPIM_CHECK(options.may_fail, "mpimd did not get ready");
    return;
  }
  line_ = value_in(*announced, "line");
  ws_ = value_in(*announced, "ws");
  http_ = value_in(*announced, "http");
  admin_ = value_in(*announced, "admin");
}

Finished MpimdProcess::stop() {
  process_.signal(SIGTERM);
  return process_.finish(kPatience);
}

void MpimdProcess::kill() {
  process_.signal(SIGKILL);
  (void)process_.finish(kPatience);
}

}  // namespace mpim::testing
