#include "server/gateway/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <filesystem>

#include "server/gateway/socket_address.h"
#include "server/telemetry/metrics.h"
#include "tests/gateway/gateway_rig.h"

namespace mpim {
namespace {

TEST_CASE("a port in use is a clear error", "[gateway][G49]") {
  GatewayRig rig;
  const Result<UniqueFd> second = listen_tcp(rig.address);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == Code::kUnavailable);
  CHECK(second.error().message == "cannot listen on " + rig.address + ": address already in use");
}

TEST_CASE("addresses are IPv4, IPv6 in brackets, or localhost; anything else is refused",
          "[gateway]") {
  for (const char* good : {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"}) {
    CAPTURE(good);
    const Result<UniqueFd> socket = listen_tcp(good);
    REQUIRE(socket.ok());
    CHECK_FALSE(local_address(socket->get()).ends_with(":0"));
  }
  if (const Result<UniqueFd> six = listen_tcp("[::1]:0"); six.ok()) {
    CHECK(local_address(six->get()).starts_with("[::1]:"));
  }
  for (const char* bad : {"", "9000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                          "::1:9000", "example.org:9000", "[127.0.0.1]:1"}) {
    CAPTURE(bad);
    const Result<UniqueFd> socket = listen_tcp(bad);
    REQUIRE_FALSE(socket.ok());
    CHECK(socket.error().code == Code::kBadRequest);
  }
  CHECK(host_of("127.0.0.1:9000") == "127.0.0.1");
  CHECK(host_of("[::1]:9000") == "::1");
}

TEST_CASE("above connections_max a connection is refused clearly, and admitted once there is room",
          "[gateway][G43]") {
  GatewayRig rig({}, 2);
  ClientSocket first = rig.client();
  ClientSocket second = rig.client();
  ClientSocket third(rig.address);
  CHECK(third.rest().starts_with("-ERR LIMIT "));
  first.send("QUIT\n");
  CHECK(first.rest() == "+OK bye\n");
  REQUIRE(comes_true(rig.loop, [&] { return rig.admission.open() == 1; }));
  ClientSocket fourth = rig.client();
  fourth.send("PING\n");
  CHECK(fourth.line() == "+OK pong");
  second.send("PING\n");
  CHECK(second.line() == "+OK pong");
}

TEST_CASE("connections are handed to all workers in turn", "[gateway][G43]") {
  HoldingDispatcher dispatchers[2];
  EventLoop first("w0");
  EventLoop second("w1");
  Gateway gateways[2] = {Gateway(first, dispatchers[0], {}), Gateway(second, dispatchers[1], {})};
  Admission admission(100);
  auto listener = Listener::open(first, "127.0.0.1:0", {}, admission,
                                 {{&first, &gateways[0]}, {&second, &gateways[1]}});
  REQUIRE(listener.ok());
  const std::string address = (*listener)->local_address();
  first.start();
  second.start();
  std::vector<ClientSocket> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back(address);
    REQUIRE(clients.back().line());
  }
  CHECK(ask(first, [&] { return gateways[0].connections(); }) == 5);
  CHECK(ask(second, [&] { return gateways[1].connections(); }) == 5);
  first.stop();
  second.stop();
}

// The other end of the only connection to `address`, which this process has accepted.
int accepted_at(const std::string& address) {
  for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(one.path().filename().string());
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const bool connected = ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
    if (connected && local_address(fd) == address) return fd;
  }
  return -1;
}

int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  REQUIRE(::getsockopt(fd, level, name, &value, &length) == 0);
  return value;
}

TEST_CASE("what is accepted is sent without delay, and ends after the silence it was told",
          "[gateway][G15]") {
  HoldingDispatcher dispatcher;
  EventLoop loop("worker");
  Gateway gateway(loop, dispatcher, {});
  Admission admission(100);
  ListenerOptions options;
  options.dead_peer_timeout = Millis(40'000);
  auto listener = Listener::open(loop, "127.0.0.1:0", options, admission, {{&loop, &gateway}});
  REQUIRE(listener.ok());
  const std::string address = (*listener)->local_address();
  loop.start();
  ClientSocket client(address);
  REQUIRE(client.line());
  const int accepted = accepted_at(address);
  REQUIRE(accepted >= 0);
  CHECK(option_of(accepted, IPPROTO_TCP, TCP_USER_TIMEOUT) == 40'000);
  CHECK(option_of(accepted, SOL_SOCKET, SO_KEEPALIVE) == 1);
  const int first_probe = option_of(accepted, IPPROTO_TCP, TCP_KEEPIDLE);
  const int probes = option_of(accepted, IPPROTO_TCP, TCP_KEEPINTVL) *
                     option_of(accepted, IPPROTO_TCP, TCP_KEEPCNT);
  CHECK(first_probe + probes <= 40);
  CHECK(option_of(accepted, IPPROTO_TCP, TCP_NODELAY) == 1);
  loop.stop();
}

// UBSan opens a pipe to look at an object's type, and takes the lack of descriptors for a damaged
// object.
#ifndef __SANITIZE_ADDRESS__

// The CPU time the calling thread has used, in milliseconds.
int64_t thread_cpu_ms() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * 1'000 + used.tv_nsec / 1'000'000;
}

// No file descriptor is left to this process while it lives.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    int highest = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
      highest = std::max(highest, std::stoi(one.path().filename().string()));
    }
    // Numbers free below the highest would be found first.
    do {
      taken_.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    } while (taken_.back().get() < highest);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(taken_.back().get()) + 1;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  std::vector<UniqueFd> taken_;
  rlimit before_{};
};

TEST_CASE("without file descriptors clients are turned away, nothing spins, and it heals by itself",
          "[gateway][G43]") {
  GatewayRig rig;
  ClientSocket old_friend = rig.client();
  std::vector<ClientSocket> waiting;
  // The clients' own sockets need descriptors: connect while the loop is held, accept afterwards.
  std::promise<void> held;
  std::promise<void> let_go;
  rig.loop.post([&] {
    held.set_value();
    let_go.get_future().wait();
  });
  held.get_future().wait();
  for (int i = 0; i < 40; ++i) waiting.emplace_back(rig.address);
  {
    const NoMoreDescriptors limit;
    let_go.set_value();
    // The first ones are told at once.
    CHECK(waiting.front().line()->starts_with("-ERR LIMIT "));
    const int64_t before = ask(rig.loop, thread_cpu_ms);
    const auto start = std::chrono::steady_clock::now();
    // Those behind them wait for the next rounds; who is connected is served meanwhile.
    old_friend.send("PING\n");
    CHECK(old_friend.line() == "+OK pong");
    CHECK(waiting.back().line()->starts_with("-ERR LIMIT "));
    const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
    const int64_t used = ask(rig.loop, thread_cpu_ms) - before;
    CHECK(took >= Millis(200));  // accepting paused in between
    CHECK(used < took.count() / 4);
  }
  ClientSocket later = rig.client();
  later.send("PING\n");
  CHECK(later.line() == "+OK pong");
}

#endif

}  // namespace
}  // namespace mpim
