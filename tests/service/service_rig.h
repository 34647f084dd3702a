// The services over a real database in memory, one loop, and a bus that keeps what it is given.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "server/directory/local_directory.h"
#include "server/service/admin/admin_service.h"
#include "server/service/group_service.h"
#include "server/service/message_service.h"
#include "server/service/people/people_service.h"
#include "server/service/user_service.h"
#include "server/store/sql/open.h"
#include "tests/support/direct_storage.h"

namespace mpim::testing {

// Counts what it is asked instead of taking its time.
class CountingHasher final : public PasswordHasher {
 public:
  void hash(std::string password, Reply<std::string> reply) override {
    ++hashes;
    if (busy) return reply(Error{Code::kBusy, "too many hashes wait"});
    reply("hash of " + password);
  }
  void verify(std::string password, std::string stored, Reply<bool> reply) override {
    ++verifies;
    if (busy) return reply(Error{Code::kBusy, "too many hashes wait"});
    if (!held) return reply(stored == "hash of " + password);
    waiting.push_back([reply = std::make_shared<Reply<bool>>(std::move(reply)),
                       same = stored == "hash of " + password] { (*reply)(same); });
  }
  void release() {
    for (auto& answer : std::exchange(waiting, {})) answer();
  }

  int hashes = 0;
  int verifies = 0;
  bool busy = false;
  bool held = false;  // comparisons wait for release()
  std::vector<std::function<void()>> waiting;
};

class RecordingBus final : public Bus {
 public:
  void publish(const NodeId& to, std::span<const EnvelopePtr> told) override {
    CHECK(to == NodeId{"test"});
    envelopes.insert(envelopes.end(), told.begin(), told.end());
    if (published) published();
  }
  void subscribe(const NodeId&, Receive) override {}
  template <class T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const EnvelopePtr& envelope : envelopes)
      if (const T* one = std::get_if<T>(envelope.get())) found.push_back(*one);
    return found;
  }
  std::vector<EnvelopePtr> envelopes;
  std::function<void()> published;
};

// Sessions that a test made up.
class StagedSessions final : public LiveSessions {
 public:
  void list(std::optional<UserId> of, Reply<std::vector<LiveSession>> reply) override {
    std::vector<LiveSession> found;
    for (const LiveSession& session : sessions)
      if (!of || session.user == *of) found.push_back(session);
    reply(std::move(found));
  }
  void list_at(const NodeId& node, UserId of, Reply<std::vector<LiveSession>> reply) override {
    if (node == status().node) return list(of, std::move(reply));
    reply(Error{Code::kUnavailable, node.name + " did not answer"});
  }
  NodeStatus status() const override {
    NodeStatus status;
    status.node = NodeId{"test"};
    status.sessions = sessions.size();
    return status;
  }
  std::vector<LiveSession> sessions;
};

inline UserName named(const std::string& name) { return {name, name}; }

inline std::unique_ptr<Store> fresh_store() {
  auto store = open_sqlite_store(":memory:");
  REQUIRE(store.ok());
  return std::move(store).value();
}

class ServiceRig {
 public:
  explicit ServiceRig(UserServiceOptions options = {},
                      LoginGuardOptions guarded = {.attempts_max = 3})
      : guard(guarded),
        users(loop, storage, fanout, hasher, guard, keys, options),
        groups(loop, storage, fanout),
        messages(loop, storage, fanout),
        people(loop, storage, fanout, live, profiles),
        admin(loop, storage, directory, bus, hasher, live, options.password_bytes_min, nullptr,
              nullptr, &profiles, &keys) {}

  // Asks, and runs the loop until the answer is there: ask<Seq>([&](auto reply) { ... }).
  template <class T, class Ask>
  Result<T> ask(Ask question) {
    std::optional<Result<T>> answer;
    question(Reply<T>(loop, [&answer](Result<T> given) { answer.emplace(std::move(given)); }));
    loop.run();
    REQUIRE(answer.has_value());
    return *std::move(answer);
  }
  // Changes the store directly, as a preparation.
  template <class Change>
  void prepare(Change change) {
    REQUIRE(storage.store().begin().ok());
    REQUIRE(change(storage.store()).ok());
    REQUIRE(storage.store().commit().ok());
  }
  void set_delivered(DeviceId device, ConversationId of, Seq to) {
    prepare([&](Store& store) { return store.cursors().set_delivered(device, of, to); });
  }
  Result<LoggedIn> enroll(const std::string& name, const std::string& password = "password",
                          const std::string& device = "default") {
    return ask<LoggedIn>([&](auto reply) {
      users.enroll(named(name), password, {"10.0.0.1", {device}}, std::move(reply));
    });
  }
  Result<LoggedIn> log_in(const std::string& name, const std::string& password = "password",
                          const std::string& device = "default",
                          const std::string& address = "10.0.0.1") {
    return ask<LoggedIn>([&](auto reply) {
      users.log_in(named(name), password, {address, {device}}, std::move(reply));
    });
  }
  Result<LoggedIn> resume(const std::string& token, std::optional<std::string> device = {}) {
    std::optional<DeviceName> name;
    if (device) name = DeviceName{*device};
    return ask<LoggedIn>([&](auto reply) { users.resume(token, name, std::move(reply)); });
  }
  Result<Committed> send(const LoggedIn& from, UserId to, const std::string& text,
                         const std::string& client_id = "") {
    Draft draft{
        .to = to, .sender = from.user, .device = from.device, .client_id = client_id, .text = text};
    return ask<Committed>([&](auto reply) { messages.send(std::move(draft), std::move(reply)); });
  }
  static Caller caller(const LoggedIn& in) { return {in.user, in.device}; }

  ManualLoop loop;
  DirectStorage storage{fresh_store()};
  LocalDirectory directory{NodeId{"test"}};
  RecordingBus bus;
  Fanout fanout{loop, directory, bus};
  CountingHasher hasher;
  LoginGuard guard;
  SigningKeys keys{TokenOptions{}};
  StagedSessions live;
  ProfileCache profiles{2};
  UserService users;
  GroupService groups;
  MessageService messages;
  PeopleService people;
  AdminService admin;
};

}  // namespace mpim::testing
