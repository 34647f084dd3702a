#include "tests/support/redis_process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace mpim::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};

}  // namespace

RedisProcess::RedisProcess(std::vector<std::string> settings)
    : settings_(std::move(settings)), port_(free_port()) {
  start();
}

void RedisProcess::start() {
  std::vector<std::string> arguments{
      "--port", std::to_string(port_), "--bind",       "127.0.0.1", "--save", "",
      "--dir",  dir_.path(),           "--unixsocket", socket()};
  arguments.insert(arguments.end(), settings_.begin(), settings_.end());
  process_.emplace("redis-server", arguments);
  if (!process_->wait_for_text("Ready to accept connections", kPatience))
    throw std::runtime_error("redis-server: " + process_->out() + process_->err());
}

void RedisProcess::kill() {
  process_->signal(SIGKILL);
  process_->finish(kPatience);
}

std::string RedisProcess::url(const std::string& who, const std::string& database) const {
  return "redis://" + (who.empty() ? "" : who + "@") + "127.0.0.1:" + std::to_string(port_) +
         (database.empty() ? "" : "/" + database);
}

std::string RedisProcess::cli(const std::vector<std::string>& command) const {
  std::vector<std::string> arguments{"-s", socket()};
  arguments.insert(arguments.end(), command.begin(), command.end());
  const Finished end = run("redis-cli", arguments);
  if (end.exit_code != 0) throw std::runtime_error("redis-cli: " + end.out + end.err);
  return end.out;
}

bool becomes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

}  // namespace mpim::testing
