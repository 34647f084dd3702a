#include "server/registry/zookeeper/zoo_registry.h"
#include "server/registry/zookeeper/zoo_settings.h"
#include "tests/registry/registry_rig.h"
#include "tests/support/redis_desk.h"
#include "tests/support/zookeeper_process.h"

namespace mpim::testing {
namespace {

class ZooSeat final : public Seat {
 public:
  ZooSeat(const std::string& url, const std::string& copy)
      : client_(loop_, *zoo_address(url), kLease),
        registry_(client_, {.lease = kLease, .patience = Millis(400)}),
        place_(client_),
        settings_(loop_, place_, {.copy = copy, .look_every = kLook}) {
    client_.on_change([this](bool up) {
      registry_.changed(up);
      if (up) settings_.look();
    });
    client_.on_watched([this](const std::string& path) {
      if (path == place_.path()) settings_.look();
      registry_.watched(path);
    });
    registry_.on_regained([this] { ++regained; });
    settings_.on_changed([this] { ++heard; });
    loop_.start();
    run_on(loop_, [this] {
      client_.start();
      settings_.start();
    });
  }
  ~ZooSeat() override {
    run_on(loop_, [this] {
      settings_.stop();
      client_.stop();
    });
    loop_.stop();
  }
  NodeRegistry& registry() override { return registry_; }
  ClusterSettings& settings() override { return settings_; }
  EventLoop& loop() override { return loop_; }
  void die() override {
    run_on(loop_, [this] { client_.stop(); });
  }
  bool comes_up() {
    return becomes_true([this] { return client_.up() && look().ok(); });
  }
  ZooClient& client() { return client_; }

 private:
  EventLoop loop_{"zookeeper"};
  ZooClient client_;
  ZooRegistry registry_;
  ZooSettings place_;
  ClusterSettings settings_;
};

class ZooBackend final : public Backend {
 public:
  std::unique_ptr<Seat> seat(const std::string& copy) override {
    auto made = std::make_unique<ZooSeat>(server_.url(), copy);
    if (running_) REQUIRE(made->comes_up());
    return made;
  }
  void kill() override {
    server_.kill();
    running_ = false;
  }
  void start() override {
    server_.start();
    running_ = true;
  }
  void lose() override {
    server_.kill();
    server_.forget();
    server_.start();
  }
  std::string text() override {
    std::string text;
    ask([&text](ZooClient& client, std::promise<bool>& done) {
      client.get(client.root() + "/settings", false, [&](const Result<ZooNode>& node) {
        if (node.ok()) text = node->text;
        done.set_value(node.ok());
      });
    });
    return text;
  }
  void write(const std::string& text) override {
    ask([&text](ZooClient& client, std::promise<bool>& done) {
      client.set(client.root() + "/settings", text, -1,
                 [&](const Result<ZooNode>& node) { done.set_value(node.ok()); });
    });
  }

 private:
  // By a session of an operator's own.
  template <class Ask>
  void ask(Ask ask) {
    EventLoop loop("operator");
    ZooClient client(loop, *zoo_address(server_.url()), kLease);
    loop.start();
    run_on(loop, [&] { client.start(); });
    REQUIRE(becomes_true([&] { return client.up(); }));
    std::promise<bool> done;
    loop.post([&] { ask(client, done); });
    done.get_future().wait();
    run_on(loop, [&] { client.stop(); });
    loop.stop();
  }

  ZookeeperProcess server_;
  bool running_ = true;
};

}  // namespace

std::unique_ptr<Backend> zookeeper_backend() { return std::make_unique<ZooBackend>(); }
std::vector<std::string> backends_under_test() { return {"redis", "zookeeper"}; }

}  // namespace mpim::testing
