#include "server/node/cluster/redis_cluster.h"

#include <sodium.h>

#include <atomic>
#include <charconv>
#include <future>

#include "server/bus/redis_bus.h"
#include "server/directory/redis_directory.h"
#include "server/intake/left_behind.h"
#include "server/intake/redis_acks.h"
#include "server/intake/redis_intake.h"
#include "server/node/cluster/cluster_registry.h"
#include "server/registry/redis_registry.h"
#include "server/telemetry/log.h"

namespace mpim {
namespace {

constexpr Millis kLookEvery{10'000};

// What INFO says Redis holds; 0: it does not say.
double memory_in(const Result<RedisAnswer>& info) {
  constexpr std::string_view kField = "used_memory:";
  if (!info.ok()) return 0;
  const size_t at = info->text.find(kField);
  if (at == std::string::npos) return 0;
  uint64_t bytes = 0;
  const char* const begin = info->text.data() + at + kField.size();
  std::from_chars(begin, info->text.data() + info->text.size(), bytes);
  return static_cast<double>(bytes);
}

RedisOptions redis_options(const Settings& settings, const RedisAddress& address) {
  RedisOptions options;
  options.address = address;
  options.connect_timeout = Millis(settings.redis.connect_timeout_ms);
  options.answer_timeout = Millis(settings.redis.answer_timeout_ms);
  options.retry_max = Millis(settings.redis.retry_max_ms);
  options.pipeline_max = settings.redis.pipeline_max;
  return options;
}

BusOptions bus_options(const Settings& settings, const NodeRun& self) {
  BusOptions options;
  options.self = self;
  options.lease = Millis(settings.node.lease_ms);
  options.under_way_bytes_max = settings.bus.under_way_bytes_max;
  options.packet_bytes_max = settings.bus.packet_bytes_max;
  options.announcements = RedisRegistry::kAnnouncements;
  return options;
}

RouteOptions route_options(const Settings& settings, const NodeRun& self) {
  RouteOptions options;
  options.self = self;
  options.life = std::chrono::seconds(settings.directory.route_s);
  options.cached_max = settings.directory.cached_max;
  options.cached_for = Millis(settings.directory.cached_ms);
  options.user_nodes_max = settings.directory.user_nodes_max;
  return options;
}

IntakeOptions intake_options(const Settings& settings, const NodeRun& self) {
  IntakeOptions options;
  options.self = self.node.name + " " + std::to_string(self.epoch);
  options.shards = settings.intake.shards;
  options.shard_entries_max = settings.intake.shard_entries_max;
  options.heed = Millis(settings.intake.heed_ms);
  options.lease = Millis(settings.intake.lease_ms);
  options.every_second = settings.intake.may_lose_a_second;
  options.patience = Millis(settings.intake.slow_ms);
  return options;
}

AckIntakeOptions ack_options(const Settings& settings, const NodeRun& self) {
  const IntakeOptions sends = intake_options(settings, self);
  AckIntakeOptions options;
  options.self = sends.self;
  options.entries_max = settings.intake.acks_max;
  options.look = sends.heed;
  options.lease = sends.lease;
  options.patience = sends.patience;
  return options;
}

std::string oldest_of(Millis age) {
  return ", the oldest for " + std::to_string(age.count() / 1'000) + " s";
}

// Of both topics; empty: nothing does.
std::string what_waits(const IntakeStanding& sends, const AckStanding& acks) {
  if (!sends.refusal.empty()) return "the gates are not seen: " + sends.refusal;
  std::string told;
  if (sends.not_closed > 0 || sends.depth > 0) {
    told = std::to_string(sends.depth) + " messages wait for the store in " +
           std::to_string(sends.shards_in_use) + " shards" + oldest_of(sends.oldest);
    if (sends.behind_closed > 0)
      told += "; of them " + std::to_string(sends.behind_closed) + " behind closed gates";
  }
  if (!acks.refusal.empty()) {
    if (!told.empty()) told += "; ";
    told += "acknowledgements cannot wait: " + acks.refusal;
  }
  if (acks.depth == 0) return told;
  if (!told.empty()) told += "; ";
  return told + std::to_string(acks.depth) + " acknowledgements wait for it" +
         oldest_of(acks.oldest);
}

// Two runs of a node never have the same one.
uint64_t fresh_epoch() {
  uint64_t epoch = 0;
  while (epoch == 0) {
    randombytes_buf(&epoch, sizeof epoch);
    epoch >>= 1;
  }
  return epoch;
}

// One loop for all that talks to Redis.
class RedisCluster final : public Cluster {
 public:
  // Without a `registry` Redis has that too.
  RedisCluster(const Settings& settings, const RedisAddress& address, LocalDirectory& here,
               std::unique_ptr<ClusterRegistry> registry);
  ~RedisCluster() override { end(); }

  Directory& directory() override { return directory_; }
  Bus& bus() override { return bus_; }
  NodeRegistry& registry() override { return nodes(); }
  ClusterSettings& settings() override { return registry_->settings(); }
  Intake* intake() override { return intake_.get(); }
  AckIntake* acks() override { return acks_.get(); }
  Result<void> join(NodeRecord self, std::function<NodeRegistry::Load()> load,
                    std::function<void()> woken) override;
  void leave() override { nodes().leave(); }
  void end() override;
  bool cut_off() const override;
  std::vector<HealthCheck> checks() const override;
  std::vector<Gauge> gauges() const override;

 private:
  bool hears() const { return client_.up() && bus_.listening(); }
  std::string refused() const;
  NodeRegistry& nodes() const { return registry_->nodes(); }
  NodesAlive alive();
  RedisBus::Hooks hooks();
  void changed(bool up);
  void caught_up();
  void look_first();
  void look_around();

  const std::string where_;
  const NodeRun self_;
  EventLoop loop_{"redis"};
  RedisClient client_;
  std::unique_ptr<ClusterRegistry> registry_;
  RedisDirectory directory_;
  RedisBus bus_;
  std::unique_ptr<RedisIntake> intake_;
  std::unique_ptr<RedisAcks> acks_;            // with an intake
  LeftBehind left_behind_;                     // without one
  std::vector<const RedisRefusal*> refusals_;  // of what delivery needs
  std::function<void()> woken_;
  std::atomic<double> memory_bytes_{0};
  TimerId look_timer_;
  bool started_ = false;
  bool ended_ = false;
};

RedisCluster::RedisCluster(const Settings& settings, const RedisAddress& address,
                           LocalDirectory& here, std::unique_ptr<ClusterRegistry> registry)
    : where_(address.text()),
      self_{NodeId{settings.node.id}, fresh_epoch()},
      client_(loop_, redis_options(settings, address)),
      registry_(registry ? std::move(registry) : registry_in_redis(settings, client_)),
      directory_(client_, here, route_options(settings, self_), alive()),
      bus_(client_, redis_options(settings, address), bus_options(settings, self_), hooks()),
      left_behind_(client_) {
  if (settings.message.accept == "queued") {
    intake_ = std::make_unique<RedisIntake>(client_, intake_options(settings, self_));
    acks_ = std::make_unique<RedisAcks>(client_, ack_options(settings, self_));
  }
  refusals_ = bus_.refusals();
  for (const RedisRefusal* each : directory_.refusals()) refusals_.push_back(each);
  client_.on_change([this](bool up) { changed(up); });
  nodes().on_regained([this] { loop_.post([this] { caught_up(); }); });
}

NodesAlive RedisCluster::alive() {
  return {.lives =
              [this](const NodeRun& run) {
                const auto node = nodes().find(run.node);
                return node && node->run == run;
              },
          .all =
              [this] {
                std::vector<NodeId> others;
                for (const NodeRecord& node : nodes().nodes())
                  if (node.run.node != self_.node) others.push_back(node.run.node);
                return others;
              },
          .refresh = [this](Task done) { nodes().refresh(std::move(done)); },
          .held = [this] { return nodes().standing().held; }};
}

RedisBus::Hooks RedisCluster::hooks() {
  return {.where = [this](const NodeId& node) -> std::optional<BusAddress> {
            const auto found = nodes().find(node);
            if (!found) return std::nullopt;
            return BusAddress{found->run, found->channel};
          },
          .unheard = [this](const NodeId& node) { directory_.forget(node); },
          .heard =
              [this](const NodeId& from, std::span<const EnvelopePtr> envelopes) {
                directory_.heard(from, envelopes);
              },
          .listening =
              [this](uint32_t channel) {
                log_info("bus.listening", {{"channel", channel}});
                nodes().set_channel(channel);
                caught_up();
              },
          .announced = [this] { registry_->announced(); }};
}

void RedisCluster::changed(bool up) {
  registry_->redis_changed(up);
  bus_.redis_changed(up);
  if (up && !intake_) left_behind_.look();
  if (!up && woken_) woken_();
}

// Routes first: who looks us up from then on publishes, and what was published before is read.
void RedisCluster::caught_up() {
  directory_.rewrite([this] {
    if (woken_) woken_();
  });
}

Result<void> RedisCluster::join(NodeRecord self, std::function<NodeRegistry::Load()> load,
                                std::function<void()> woken) {
  self.run = self_;
  woken_ = std::move(woken);
  started_ = true;
  loop_.start();
  loop_.post([this] {
    client_.start();
    directory_.start();
    look_around();
  });
  registry_->on_away([this] { woken_(); });
  registry_->start();
  MPIM_CHECKED(nodes().join(std::move(self), std::move(load)));
  look_first();
  if (!intake_) return {};
  MPIM_CHECKED(intake_->check());
  loop_.post([this] {
    intake_->start();
    acks_->start();
  });
  return {};
}

// Nobody is served yet: a node begins with what its cluster says, if it can be asked.
void RedisCluster::look_first() {
  std::promise<void> looked;
  settings().look([&looked](const Result<void>&) { looked.set_value(); });
  looked.get_future().wait();
}

void RedisCluster::look_around() {
  client_.ask({"INFO", "memory"},
              [this](const Result<RedisAnswer>& info) { memory_bytes_ = memory_in(info); });
  if (!intake_) left_behind_.look();
  look_timer_ = loop_.after(kLookEvery, [this] { look_around(); });
}

void RedisCluster::end() {
  if (!started_ || std::exchange(ended_, true)) return;
  registry_->stop();
  std::promise<void> stopped;
  loop_.post([this, &stopped] {
    loop_.cancel(look_timer_);
    directory_.stop();
    bus_.stop();
    if (intake_) intake_->stop();
    if (acks_) acks_->stop();
    client_.stop();
    stopped.set_value();
  });
  stopped.get_future().wait();
  loop_.stop();
}

bool RedisCluster::cut_off() const {
  const RegistryStanding standing = nodes().standing();
  return !hears() || !standing.held || !standing.blind.empty() || !refused().empty();
}

// What Redis refuses this node though it answers; empty: nothing.
std::string RedisCluster::refused() const {
  std::string seen;
  for (const RedisRefusal* each : refusals_) {
    const std::string why = each->why();
    if (why.empty() || seen.find(why) != std::string::npos) continue;
    seen += (seen.empty() ? "" : "; ") + why;
  }
  return seen;
}

// A Redis that is away takes no node out of a balancer: all nodes would go at once, and each can
// still store, and deliver what the sweep finds. An id that another node holds does.
std::vector<HealthCheck> RedisCluster::checks() const {
  const RedisState redis = client_.state();
  const RegistryStanding standing = nodes().standing();
  const std::string degraded = "degraded: delivery by the sweep alone; ";
  const std::string refusals = refused();
  std::string seen = where_;
  if (!redis.up) {
    seen = degraded + redis.why.message;
  } else if (!refusals.empty()) {
    seen = degraded + refusals;
  } else if (!bus_.listening()) {
    seen = degraded + "its channel is not heard yet";
  }
  std::string seen_nodes = std::to_string(nodes().nodes().size()) + " nodes";
  if (!registry_->where().empty()) seen_nodes += " in " + registry_->where();
  if (!standing.blind.empty()) seen_nodes = "degraded: the others are not seen; " + standing.blind;
  std::vector<HealthCheck> all{{.name = "redis",
                                .ok = true,
                                .detail = std::move(seen),
                                .degraded = !hears() || !refusals.empty()},
                               {.name = "registry",
                                .ok = !standing.taken,
                                .detail = standing.held    ? seen_nodes
                                          : standing.taken ? standing.why
                                                           : "degraded: " + standing.why,
                                .degraded = !standing.held || !standing.blind.empty()}};
  if (intake_) {
    std::string waits = what_waits(intake_->standing(), acks_->standing());
    const bool degraded_queue = !waits.empty();
    all.push_back({.name = "intake",
                   .ok = true,
                   .detail = degraded_queue ? "degraded: " + waits : "nothing waits for the store",
                   .degraded = degraded_queue});
  } else if (const uint64_t left = left_behind_.waiting(); left > 0) {
    all.push_back({.name = "intake",
                   .ok = true,
                   .detail = "degraded: " + std::to_string(left) +
                             " entries wait in Redis, and nobody stores them: set message.accept "
                             "to queued until none does",
                   .degraded = true});
  }
  return all;
}

std::vector<Gauge> RedisCluster::gauges() const {
  std::vector<Gauge> all;
  all.emplace_back("mpim_redis_up", "1 while Redis answers.",
                   [this] { return client_.up() ? 1.0 : 0.0; });
  all.emplace_back("mpim_redis_memory_bytes", "Memory that Redis uses; 0 while it does not say.",
                   [this] { return memory_bytes_.load(); });
  all.emplace_back("mpim_bus_listening", "1 while this node hears its channel.",
                   [this] { return bus_.listening() ? 1.0 : 0.0; });
  std::vector<const RedisRefusal*> refusals = refusals_;
  if (acks_) refusals.push_back(&acks_->refusal());
  for (const RedisRefusal* each : refusals)
    all.emplace_back(
        "mpim_redis_refuses",
        "1 while Redis answers, and refuses a part of this node what it needs.",
        [each] { return each->why().empty() ? 0.0 : 1.0; }, GaugeLabel{"part", each->part()});
  all.emplace_back("mpim_registry_held", "1 while this node holds its lease.",
                   [this] { return nodes().standing().held ? 1.0 : 0.0; });
  all.emplace_back("mpim_registry_blind", "1 while the registry refuses to tell of the others.",
                   [this] { return nodes().standing().blind.empty() ? 0.0 : 1.0; });
  all.emplace_back("mpim_registry_nodes", "Nodes that are known to live.",
                   [this] { return static_cast<double>(nodes().nodes().size()); });
  if (!intake_) return all;
  all.emplace_back("mpim_intake_depth", "Messages that wait for the store.",
                   [this] { return static_cast<double>(intake_->standing().depth); });
  all.emplace_back("mpim_intake_oldest_seconds", "How long the oldest of them has waited.",
                   [this] { return intake_->standing().oldest.count() / 1e3; });
  for (uint32_t shard = 0; shard < intake_->shards(); ++shard)
    all.emplace_back(
        "mpim_intake_shard_depth", "Messages that wait for the store, by shard.",
        [this, shard] { return static_cast<double>(intake_->depth(shard)); },
        GaugeLabel{"shard", std::to_string(shard)});
  all.emplace_back("mpim_intake_acks_depth", "Acknowledgements that wait for the store.",
                   [this] { return static_cast<double>(acks_->standing().depth); });
  all.emplace_back("mpim_intake_acks_oldest_seconds", "How long the oldest of them has waited.",
                   [this] { return acks_->standing().oldest.count() / 1e3; });
  all.emplace_back("mpim_intake_shards_in_use", "Shards whose messages do not go straight there.",
                   [this] { return static_cast<double>(intake_->standing().not_closed); });
  return all;
}

}  // namespace

Result<std::unique_ptr<Cluster>> make_redis_cluster(const Settings& settings,
                                                    LocalDirectory& here) {
  MPIM_TRY(const RedisAddress address, redis_address(settings.redis.url));
  std::unique_ptr<ClusterRegistry> registry;
  if (!settings.registry.url.empty()) {
    MPIM_TRY(registry, registry_in_zookeeper(settings));
  }
  return std::unique_ptr<Cluster>(new RedisCluster(settings, address, here, std::move(registry)));
}

}  // namespace mpim
