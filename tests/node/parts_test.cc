// The node's smaller parts, each by itself.
#include <future>

#include "server/bus/local_bus.h"
#include "server/loop/event_loop.h"
#include "server/node/argon2_hasher.h"
#include "server/node/health.h"
#include "server/node/health_watch.h"
#include "server/node/leaving/last_call.h"
#include "server/node/sweep.h"
#include "server/node/worker_directory.h"
#include "server/store/sql/open.h"
#include "tests/node/node_rig.h"
#include "tests/support/direct_storage.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

template <class T, class Ask>
Result<T> wait_for(EventLoop& loop, Ask question) {
  std::promise<Result<T>> answered;
  question(Reply<T>(loop, [&](Result<T> answer) { answered.set_value(std::move(answer)); }));
  return answered.get_future().get();
}

constexpr Argon2Options kCheap{.memory_kib = 8, .passes = 1, .threads = 1, .queue_max = 4};

}  // namespace

TEST_CASE("a password fits its own hash, no other, and never nobody's", "[node][P12]") {
  EventLoop loop("test");
  loop.start();
  Argon2Hasher hasher(kCheap);
  const auto hash = [&] {
    return wait_for<std::string>(loop,
                                 [&](auto reply) { hasher.hash("secret", std::move(reply)); });
  };
  const auto verify = [&](const std::string& password, const std::string& stored) {
    return *wait_for<bool>(loop,
                           [&](auto reply) { hasher.verify(password, stored, std::move(reply)); });
  };
  const std::string stored = *hash();
  CHECK(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(stored != *hash());
  CHECK(verify("secret", stored));
  CHECK_FALSE(verify("Secret", stored));
  CHECK_FALSE(verify("secret", ""));
  CHECK_FALSE(verify("secret", "no hash at all"));
}

TEST_CASE("more hashes than may wait are answered BUSY", "[node][P12][G49]") {
  EventLoop loop("test");
  loop.start();
  constexpr size_t kAsked = 64;
  std::promise<void> all;
  size_t answers = 0;
  size_t busy = 0;
  Argon2Hasher hasher({.memory_kib = 16'384, .passes = 1, .threads = 1, .queue_max = 2});
  for (size_t i = 0; i < kAsked; ++i) {
    hasher.hash("secret", Reply<std::string>(loop, [&](Result<std::string> hash) {
                  if (!hash.ok() && hash.error().code == Code::kBusy) ++busy;
                  if (++answers == kAsked) all.set_value();
                }));
  }
  all.get_future().get();
  CHECK(busy > 0);
  CHECK(busy < kAsked);
}

TEST_CASE("however many new passwords wait, there is room for log-ins", "[node][P12][G49]") {
  EventLoop loop("test");
  loop.start();
  Argon2Hasher hasher({.memory_kib = 16'384, .passes = 1, .threads = 1, .queue_max = 4});
  for (size_t i = 0; i < 64; ++i)
    hasher.hash("secret", Reply<std::string>(loop, [](const Result<std::string>&) {}));
  const Result<bool> verified =
      wait_for<bool>(loop, [&](auto reply) { hasher.verify("secret", "", std::move(reply)); });
  CHECK(verified.ok());
}

TEST_CASE("a worker is woken only for those it may hold", "[node][P5]") {
  LocalDirectory node(NodeId{"n1"});
  WorkerDirectory first(node);
  WorkerDirectory second(node);
  const UserId ann(1'001);
  const UserId bob(1'002);
  first.bind(ann, {});
  CHECK(node.route(ann).has_value());
  const Audience direct{ConversationId(1), GroupId{}, ann, bob};
  const Audience group{ConversationId(2), GroupId(1'001), {}, {}};
  for (const Audience& audience : {direct, group}) {
    CHECK(first.concerns(HeadMoved{audience, Seq(1)}));
    CHECK_FALSE(second.concerns(HeadMoved{audience, Seq(1)}));
    CHECK_FALSE(second.concerns(EntryCommitted{nullptr, audience}));
  }
  CHECK(first.concerns(DeviceReplaced{ann, DeviceId(1), 2}));
  CHECK_FALSE(first.concerns(DeviceReplaced{bob, DeviceId(1), 2}));
  second.bind(bob, {});
  CHECK(second.concerns(HeadMoved{direct, Seq(1)}));
  second.unbind(bob);
  CHECK_FALSE(second.concerns(HeadMoved{group, Seq(1)}));
  CHECK_FALSE(node.route(bob).has_value());
}

TEST_CASE("a sweep tells each head once, goes on where it was after a failure, and misses nothing",
          "[node][M55]") {
  ManualLoop loop;
  DirectStorage storage(std::move(open_sqlite_store(":memory:")).value());
  Store& store = storage.store();
  std::vector<Seq> told;
  Sweep sweep(
      loop, storage, [] { return Millis(2'000); },
      [&](const std::vector<EnvelopePtr>& news) {
        for (const EnvelopePtr& one : news) told.push_back(std::get<HeadMoved>(*one).head);
      });
  const auto send = [&] {
    REQUIRE(store.begin().ok());
    if (!store.accounts().find("ann").ok())
      REQUIRE(store.accounts().create({"ann", "ann"}, "x", loop.clock().wall()).ok());
    const UserId ann = store.accounts().find("ann")->id;
    const Draft draft{.to = ann, .sender = ann, .device = {}, .client_id = "", .text = "note"};
    REQUIRE(store.log().append(draft, loop.clock().wall()).ok());
    REQUIRE(store.commit().ok());
  };
  sweep.start();
  send();
  loop.advance(Millis(2'000));
  CHECK(told == std::vector{Seq(1)});
  loop.advance(Millis(4'000));
  CHECK(told == std::vector{Seq(1)});

  storage.failing = Error{Code::kUnavailable, "away"};
  send();
  loop.advance(Millis(60'000));
  CHECK(told.size() == 1);
  storage.failing.reset();
  loop.advance(Millis(2'000));
  CHECK(told == std::vector{Seq(1), Seq(2)});
}

TEST_CASE("a loop that does not turn and a disk that is not there are unhealthy", "[node][O12]") {
  const ScratchDirectory dir;
  const auto open = [path = sqlite_path(dir.path())] { return open_sqlite_store(path); };
  auto storage = ThreadedStorage::start(open, open);
  REQUIRE(storage.ok());
  LocalDirectory directory(NodeId{"n1"});
  LocalBus bus;
  Argon2Hasher hasher(kCheap);
  LoginGuard guard({});
  SigningKeys keys{TokenOptions{}};
  Admission admission(10);
  std::vector<std::unique_ptr<Worker>> workers;
  LiveNode live(workers, directory, admission);
  PresenceBoard presence{PresenceOptions{}};
  RateLimit rates{RateLimitOptions{}};
  ProfileCache profiles{10};
  EventLoop home{"control"};
  const auto certificate = Certificate::open(Settings{}, home);
  REQUIRE(certificate.ok());
  const auto cluster = make_cluster(Settings{}, directory, home);
  REQUIRE(cluster.ok());
  FollowedSettings followed(Settings{}, (*cluster)->settings());
  followed.take();
  const HealthSubjects subjects{**storage,  workers,       live,      dir.path(),
                                dir.path(), **certificate, **cluster, followed};
  const auto failing = [](const HealthSubjects& of) {
    std::vector<std::string> names;
    for (const HealthCheck& check : check_readiness(of))
      if (!check.ok) names.push_back(check.name);
    return names;
  };
  CHECK(failing(subjects).empty());
  const HealthSubjects nowhere{**storage,  workers,       live,      "/nowhere",
                               "/nowhere", **certificate, **cluster, followed};
  CHECK(failing(nowhere) == std::vector<std::string>{"disk", "uploads"});
  // Made and never started.
  workers.push_back(
      std::make_unique<Worker>(0, 1,
                               WorkerShared{**storage, directory, bus, hasher, guard, keys,
                                            presence, rates, nullptr, live, profiles},
                               WorkerOptions{}));
  CHECK(failing(subjects) == std::vector<std::string>{"loops"});
  workers.front()->dismantle();
  (*storage)->stop();
}

TEST_CASE("a state of health is as old as its last change", "[node][calls]") {
  EventLoop loop("test");
  bool ok = true;
  HealthWatch watch(loop, [&ok] { return std::vector<HealthCheck>{{"store", ok, "", {}}}; });
  CHECK(watch.check()[0].lasting < Millis(1'000));
  while (watch.check()[0].lasting == Millis(0)) {
  }
  ok = false;
  const HealthCheck failed = watch.check()[0];
  CHECK_FALSE(failed.ok);
  CHECK(failed.lasting == Millis(0));
}

TEST_CASE("what hangs is cut when its time is over, and what ends before is not", "[node][X12]") {
  bool cut = false;
  {
    const LastCall in_time(std::chrono::hours(1), [&] { cut = true; });
  }
  CHECK_FALSE(cut);
  std::promise<void> freed;
  const LastCall late(Millis(1), [&] { freed.set_value(); });
  CHECK(freed.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}
