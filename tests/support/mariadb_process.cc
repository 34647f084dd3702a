#include "tests/support/mariadb_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "tests/support/free_port.h"

namespace mpim::testing {
namespace {

constexpr std::chrono::seconds kPatience{120};

std::string user_flag() { return ::geteuid() == 0 ? "--user=root" : "--skip-name-resolve"; }

}  // namespace

MariadbProcess::MariadbProcess() : socket_(dir_ / "mysql.sock"), port_(free_port()) {
  const Finished made =
      run("mariadb-install-db",
          {"--no-defaults", "--datadir=" + (dir_ / "data"), user_flag(), "--skip-test-db",
           "--auth-root-authentication-method=normal", "--skip-name-resolve", own_tmpdir()},
          {}, kPatience);
  if (made.exit_code != 0) throw std::runtime_error("mariadb-install-db: " + made.out + made.err);
  start();
}

// A server that starts removes what it takes for leftovers in its directory for temporary files.
std::string MariadbProcess::own_tmpdir() const { return "--tmpdir=" + (dir_ / "."); }

void MariadbProcess::start() {
  process_.emplace("mariadbd",
                   std::vector<std::string>{
                       "--no-defaults", "--datadir=" + (dir_ / "data"), user_flag(),
                       "--socket=" + socket_, "--port=" + std::to_string(port_),
                       "--bind-address=127.0.0.1", "--pid-file=" + (dir_ / "pid"),
                       "--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=64M",
                       "--innodb-log-file-size=32M", "--max-connections=200", own_tmpdir()});
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (run("mariadb-admin", {"--no-defaults", "--socket=" + socket_, "--user=root", "ping"})
             .exit_code != 0) {
    if (!process_->running() || std::chrono::steady_clock::now() > end)
      throw std::runtime_error("mariadbd does not get ready: " + process_->err());
  }
}

void MariadbProcess::kill() {
  process_->signal(SIGKILL);
  process_->finish(kPatience);
}

std::string MariadbProcess::url(const std::string& database) const {
  return "mysql://root@/" + database + "?socket=" + socket_;
}

std::string MariadbProcess::url_by_port(const std::string& user, const std::string& password,
                                        const std::string& database) const {
  return "mysql://" + user + ":" + password + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string MariadbProcess::sql(const std::string& statements) const {
  const Finished end = run("mariadb", {"--no-defaults", "--socket=" + socket_, "--user=root",
                                       "--batch", "--skip-column-names", "-e", statements});
  if (end.exit_code != 0) throw std::runtime_error(statements + ": " + end.err);
  return end.out;
}

bool MariadbProcess::wait_for(const std::string& question, const std::string& answer,
                              std::chrono::seconds patience) const {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end)
    if (sql(question) == answer + "\n") return true;
  return false;
}

std::string MariadbProcess::make_database() {
  const std::string name = "mpim" + std::to_string(++databases_);
  sql("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  return name;
}

MariadbProcess& shared_mariadb() {
  static MariadbProcess one;
  return one;
}

}  // namespace mpim::testing
