#include "tests/support/zookeeper_process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "tests/support/redis_process.h"

namespace mpim::testing {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr const char* kJar = "/usr/share/java/zookeeper.jar";

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

ZookeeperProcess::ZookeeperProcess() : port_(free_port()) {
  std::ofstream(dir_ / "zoo.cfg") << "tickTime=200\nminSessionTimeout=" << kSessionMin.count()
                                  << "\nmaxClientCnxns=0\nadmin.enableServer=false\n"
                                  << "4lw.commands.whitelist=ruok\ndataDir=" << dir_ / "data"
                                  << "\nclientPortAddress=127.0.0.1\nclientPort=" << port_ << "\n";
  start();
}

void ZookeeperProcess::start() {
  process_.emplace(
      "java", std::vector<std::string>{"-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                                       "-XX:-UsePerfData", "-cp", kJar,
                                       "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                       dir_ / "zoo.cfg"});
  if (!becomes_true([this] { return !process_->running() || answers(); }) || !process_->running())
    throw std::runtime_error("zookeeper: " + process_->out() + process_->err());
}

bool ZookeeperProcess::answers() const {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  const timeval patience{1, 0};
  ::setsockopt(probe, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char answer[4] = {};
  const bool fine =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::send(probe, "ruok", 4, MSG_NOSIGNAL) == 4 && ::recv(probe, answer, 4, MSG_WAITALL) == 4;
  ::close(probe);
  return fine && std::string(answer, 4) == "imok";
}

void ZookeeperProcess::kill() {
  process_->signal(SIGKILL);
  process_->finish(kPatience);
}

void ZookeeperProcess::forget() { std::filesystem::remove_all(dir_ / "data"); }

std::string ZookeeperProcess::url() const {
  return "zookeeper://127.0.0.1:" + std::to_string(port_) + "/mpim";
}

}  // namespace mpim::testing
