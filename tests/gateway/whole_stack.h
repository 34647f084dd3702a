// A gateway over the real services and a real database, two workers, no programs.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "server/bus/local_bus.h"
#include "server/directory/local_directory.h"
#include "server/store/sql/open.h"
#include "server/store/threads/threaded_storage.h"
#include "tests/gateway/gateway_rig.h"

namespace mpim {

struct ScratchDirectory {
  ScratchDirectory() {
    char pattern[] = "/tmp/mpim-gateway-XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    path = pattern;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path); }
  std::string path;
};

// Stores passwords as they are: the hashing has its own tests.
// Nobody asks it for more than an empty list.
class NobodyLive final : public LiveSessions {
 public:
  void list(std::optional<UserId>, Reply<std::vector<LiveSession>> reply) override {
    reply(std::vector<LiveSession>());
  }
  void list_at(const NodeId&, UserId, Reply<std::vector<LiveSession>> reply) override {
    reply(std::vector<LiveSession>());
  }
  NodeStatus status() const override { return {}; }
};

class PlainPasswords final : public PasswordHasher {
 public:
  void hash(std::string password, Reply<std::string> reply) override { reply(std::move(password)); }
  void verify(std::string password, std::string stored, Reply<bool> reply) override {
    reply(!stored.empty() && password == stored);
  }
};

inline std::unique_ptr<ThreadedStorage> start_storage(const std::string& path) {
  const auto tail = make_log_tail();
  auto writer = [path, tail] { return open_sqlite_store(path, {.tail = tail}); };
  auto reader = [path, tail] { return open_sqlite_store(path, {.read_only = true, .tail = tail}); };
  auto started = ThreadedStorage::start(writer, reader);
  REQUIRE(started.ok());
  return std::move(started).value();
}

class WholeStack {
 public:
  explicit WholeStack(GatewayOptions options = {}, SessionLimits limits = {},
                      RateLimitOptions rates = {})
      : options_(options), limits_(limits), rates_(rates) {
    for (uint64_t i = 0; i < 2; ++i) workers_.push_back(std::make_unique<Worker>(*this, i + 1));
    bus_.subscribe(node_, [this](std::span<const EnvelopePtr> envelopes) {
      const std::vector<EnvelopePtr> news(envelopes.begin(), envelopes.end());
      for (const auto& worker : workers_)
        worker->loop.post([&hub = worker->hub, news] { hub.receive(news); });
    });
    auto opened = Listener::open(
        workers_[0]->loop, "127.0.0.1:0", {}, admission_,
        {{&workers_[0]->loop, &workers_[0]->gateway}, {&workers_[1]->loop, &workers_[1]->gateway}});
    REQUIRE(opened.ok());
    listener_ = std::move(opened).value();
    for (const auto& worker : workers_) worker->loop.start();
  }
  ~WholeStack() {
    for (const auto& worker : workers_) worker->loop.stop();
    storage_->stop();
  }

  ClientSocket client(int receive_bytes = 0) {
    ClientSocket socket(listener_->local_address(), receive_bytes);
    REQUIRE(socket.line()->starts_with("+OK welcome"));
    return socket;
  }
  // A new user's connection; answers its log-in line.
  ClientSocket enrolled(const std::string& name, std::string* answer = nullptr) {
    ClientSocket socket = client();
    socket.send("REGISTER " + name + " secret12\n");
    const std::string line = *socket.line();
    REQUIRE(line.starts_with("+OK uid="));
    if (answer != nullptr) *answer = line;
    return socket;
  }
  ClientSocket logged_in(const std::string& name, const std::string& more = "",
                         std::string* answer = nullptr, int receive_bytes = 0) {
    ClientSocket socket = client(receive_bytes);
    socket.send("LOGIN " + name + " secret12 " + more + "\n");
    const std::string line = *socket.line();
    REQUIRE(line.starts_with("+OK uid="));
    if (answer != nullptr) *answer = line;
    return socket;
  }
  size_t sessions() {
    size_t sum = 0;
    for (const auto& worker : workers_) {
      sum += ask(worker->loop, [&] { return worker->hub.size(); });
    }
    return sum;
  }
  std::vector<SessionRow> session_rows() {
    std::vector<SessionRow> rows;
    for (const auto& worker : workers_) {
      for (SessionRow& row : ask(worker->loop, [&] { return worker->gateway.sessions(); })) {
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }
  template <class F>
  bool in_time(F condition) {
    return comes_true(workers_[0]->loop, [] { return true; }) && [&] {
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        std::this_thread::yield();
      }
      return false;
    }();
  }
  LocalDirectory& directory() { return directory_; }
  ThreadedStorage& storage() { return *storage_; }
  std::string database() const { return scratch_.path + "/mpim.db"; }

 private:
  struct Worker {
    Worker(WholeStack& stack, uint64_t number)
        : fanout(loop, stack.directory_, stack.bus_),
          users(loop, *stack.storage_, fanout, stack.hasher_, stack.guard_, stack.keys_, {}),
          groups(loop, *stack.storage_, fanout),
          messages(loop, *stack.storage_, fanout),
          people(loop, *stack.storage_, fanout, stack.live_, stack.profiles_),
          presence(loop, *stack.storage_, stack.directory_, fanout, stack.board_),
          typing(loop, *stack.storage_, fanout),
          hub(loop, *stack.storage_, stack.limits_, Millis(50), number, 2),
          gateway(WorkerServices{loop, users, groups, messages, presence, typing, stack.rates_, hub,
                                 people},
                  stack.options_) {
      hub.send_with([this] { gateway.send_queued(); }, 1);  // as of the largest groups
    }
    EventLoop loop{"worker"};
    Fanout fanout;
    UserService users;
    GroupService groups;
    MessageService messages;
    PeopleService people;
    PresenceService presence;
    TypingService typing;
    Hub hub;
    Gateway gateway;
  };

  const ScratchDirectory scratch_;
  const GatewayOptions options_;
  const SessionLimits limits_;
  const NodeId node_{"local"};
  std::unique_ptr<ThreadedStorage> storage_ = start_storage(scratch_.path + "/mpim.db");
  LocalDirectory directory_{node_};
  LocalBus bus_;
  PlainPasswords hasher_;
  LoginGuard guard_{LoginGuardOptions{}};
  SigningKeys keys_{TokenOptions{}};
  PresenceBoard board_{PresenceOptions{}};
  RateLimit rates_;
  NobodyLive live_;
  ProfileCache profiles_{100};
  Admission admission_{10'000};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace mpim
