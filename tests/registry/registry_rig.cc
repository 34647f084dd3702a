#include "tests/registry/registry_rig.h"

#include "server/registry/redis_registry.h"
#include "server/registry/redis_settings.h"
#include "tests/support/redis_desk.h"

namespace mpim::testing {
namespace {

class RedisSeat final : public Seat {
 public:
  RedisSeat(const RedisProcess& redis, const std::string& copy)
      : desk_(quick_redis(redis.url())),
        registry_(desk_.client, {.lease = kLease, .patience = Millis(400)}),
        place_(desk_.client),
        settings_(desk_.loop, place_, {.copy = copy, .look_every = kLook}) {
    desk_.client.on_change([this](bool up) { registry_.redis_changed(up); });
    registry_.on_regained([this] { ++regained; });
    settings_.on_changed([this] { ++heard; });
    desk_.start();
    run_on(desk_.loop, [this] { settings_.start(); });
  }
  ~RedisSeat() override {
    desk_.end([this] { settings_.stop(); });
  }
  NodeRegistry& registry() override { return registry_; }
  ClusterSettings& settings() override { return settings_; }
  EventLoop& loop() override { return desk_.loop; }
  void die() override {
    run_on(desk_.loop, [this] { desk_.client.stop(); });
  }
  bool comes_up() const { return desk_.comes_up(); }

 private:
  RedisDesk desk_;
  RedisRegistry registry_;
  RedisSettings place_;
  ClusterSettings settings_;
};

class RedisBackend final : public Backend {
 public:
  std::unique_ptr<Seat> seat(const std::string& copy) override {
    auto made = std::make_unique<RedisSeat>(redis_, copy);
    if (running_) REQUIRE(made->comes_up());
    return made;
  }
  void kill() override {
    redis_.kill();
    running_ = false;
  }
  void start() override {
    redis_.start();
    running_ = true;
  }
  void lose() override { redis_.cli({"FLUSHALL"}); }
  std::string text() override {
    std::string text = redis_.cli({"GET", "settings"});
    text.pop_back();  // redis-cli ends its line
    return text;
  }
  void write(const std::string& text) override { redis_.cli({"SET", "settings", text}); }

 private:
  RedisProcess redis_;
  bool running_ = true;
};

}  // namespace

Result<void> Seat::join(const NodeRecord& self) {
  return registry().join(self, [this] { return NodeRegistry::Load{load, 2 * load, 5}; });
}

std::vector<std::string> Seat::sees() {
  std::promise<void> read;
  registry().refresh([&] { read.set_value(); });
  read.get_future().wait();
  std::vector<std::string> ids;
  for (const NodeRecord& each : registry().nodes()) ids.push_back(each.run.node.name);
  return ids;
}

Result<void> Seat::look() {
  std::promise<Result<void>> answer;
  settings().look([&](Result<void> read) { answer.set_value(std::move(read)); });
  return answer.get_future().get();
}

Result<void> Seat::append(uint64_t after, SettingsEdition next) {
  std::promise<Result<void>> answer;
  settings().append(after, std::move(next),
                    [&](Result<void> done) { answer.set_value(std::move(done)); });
  return answer.get_future().get();
}

std::unique_ptr<Backend> redis_backend() { return std::make_unique<RedisBackend>(); }

std::unique_ptr<Backend> open_backend(const std::string& name) {
  return name == "redis" ? redis_backend() : zookeeper_backend();
}

NodeRecord record_of(const std::string& id, uint64_t epoch) {
  NodeRecord record;
  record.run = {NodeId{id}, epoch};
  record.line = "127.0.0.1:9" + std::to_string(epoch % 1'000);
  record.ws = "127.0.0.1:2";
  record.http = "127.0.0.1:3";
  record.version = "9.9";
  record.started = {1'700'000'000'000};
  return record;
}

}  // namespace mpim::testing
