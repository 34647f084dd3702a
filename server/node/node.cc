#include "server/node/node.h"

#include <sodium.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "server/bus/local_bus.h"
#include "server/gateway/admin/admin_api.h"
#include "server/node/drain.h"
#include "server/node/health.h"
#include "server/node/live_node.h"
#include "server/node/node_options.h"
#include "server/node/sweep.h"
#include "server/store/sql/data_dir_lock.h"
#include "server/store/sql/migrations.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// Running out of everything but this node: a held lock, for the operator, is a store he cannot
// have.
Error as_unavailable(Error error) {
  if (error.code == Code::kConflict) error.code = Code::kUnavailable;
  return error;
}

// The operator's way out of a port that another program has.
template <class T>
Result<T> or_else_flag(Result<T> listening, std::string_view flag) {
  if (!listening.ok() && listening.error().code == Code::kUnavailable)
    return Error{Code::kUnavailable, listening.error().message + "; " + std::string(flag) +
                                         " ADDR:PORT chooses another address, port 0 a free port"};
  return listening;
}

double file_bytes(const std::string& path) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(path, missing);
  return missing ? 0 : static_cast<double>(bytes);
}

}  // namespace

// The members stand in the order they are built in; ~Core takes the running parts down by hand.
struct Node::Core {
  explicit Core(const Settings& given)
      : settings(given),
        dir(data_dir(given)),
        admission(given.server.connections_max),
        directory(NodeId{given.node.id}),
        guard(guard_options(given)),
        presence(presence_options(given)),
        rates(rate_options(given)),
        live(workers, directory, admission) {}
  ~Core();

  Result<void> open_store();
  void build_workers();
  Result<void> open_listeners();
  Result<void> open_http();
  void add_gauges();
  void describe();
  void run();

  const Settings settings;
  const std::string dir;
  NodeAddresses addresses;
  std::optional<DataDirLock> lock;
  Admission admission;
  LocalDirectory directory;
  LocalBus bus;
  LoginGuard guard;
  PresenceBoard presence;
  RateLimit rates;
  EventLoop control{"control"};  // accepts, HTTP, admin, sweeps
  std::vector<std::unique_ptr<Worker>> workers;
  LiveNode live;
  std::unique_ptr<ThreadedStorage> storage;
  std::unique_ptr<SqlSearch> search;
  std::unique_ptr<Argon2Hasher> hasher;
  std::unique_ptr<AdminService> admin;
  std::unique_ptr<Sweep> sweep;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<HttpServer> admin_http;
  std::vector<Gauge> gauges;
};

Result<void> Node::Core::open_store() {
  Result<DataDirLock> taken = DataDirLock::take(dir);
  if (!taken.ok()) return as_unavailable(taken.error());
  lock.emplace(std::move(*taken));
  const std::shared_ptr<LogTail> newest = make_log_tail();
  const auto open = [path = sqlite_path(dir), limits = store_limits(settings),
                     tail = newest](bool read_only) {
    SqliteOptions options;
    options.read_only = read_only;
    options.migrate = !read_only;
    options.limits = limits;
    options.tail = tail;
    return open_sqlite_store(path, options);
  };
  MPIM_TRY(storage,
           ThreadedStorage::start([open] { return open(false); }, [open] { return open(true); },
                                  storage_options(settings)));
  if (settings.search.enabled)
    search = std::make_unique<SqlSearch>(search_options(settings, dir, newest));
  return {};
}

void Node::Core::build_workers() {
  hasher = std::make_unique<Argon2Hasher>(argon2_options(settings));
  const WorkerShared shared{*storage, directory, bus,          *hasher, guard,
                            presence, rates,     search.get(), live};
  const uint32_t count = workers_of(settings);
  for (uint32_t index = 0; index < count; ++index)
    workers.push_back(std::make_unique<Worker>(index, count, shared, worker_options(settings)));
  bus.subscribe(NodeId{settings.node.id}, [this](std::span<const EnvelopePtr> envelopes) {
    for (const auto& worker : workers) worker->deliver(envelopes);
  });
  sweep = std::make_unique<Sweep>(control, *storage, Millis(settings.session.sweep_ms),
                                  [this](const std::vector<EnvelopePtr>& moved) {
                                    for (const auto& worker : workers) worker->deliver(moved);
                                  });
}

Result<void> Node::Core::open_listeners() {
  std::vector<Listener::Worker> serving;
  for (const auto& worker : workers) serving.push_back({&worker->loop(), &worker->gateway()});
  auto opened = Listener::open(control, settings.line.listen, listener_options(settings), admission,
                               std::move(serving));
  MPIM_TRY(listener, or_else_flag(std::move(opened), "--line"));
  addresses.line = listener->local_address();
  return {};
}

Result<void> Node::Core::open_http() {
  const HealthSubjects subjects{*storage, workers, live, dir};
  const HealthSource health{[subjects] { return check_health(subjects); },
                            [subjects] { return check_readiness(subjects); }};
  http = std::make_unique<HttpServer>(control, http_options(settings));
  add_http_api(*http, health);
  MPIM_TRY(addresses.http, or_else_flag(http->listen_on_tcp(settings.http.listen), "--http"));

  admin = std::make_unique<AdminService>(control, *storage, directory, bus, *hasher, live,
                                         settings.auth.password_min_length, search.get());
  admin_http = std::make_unique<HttpServer>(control, admin_http_options(settings));
  add_http_api(*admin_http, health);
  add_admin_api(*admin_http, *admin,
                {.owner = ::geteuid(), .text_bytes_max = settings.message.text_bytes_max});
  addresses.admin = admin_socket(settings);
  return admin_http->listen_on_unix(addresses.admin);
}

void Node::Core::add_gauges() {
  const auto add = [this](const char* name, const char* help, std::function<double()> read) {
    gauges.emplace_back(name, help, std::move(read));
  };
  add("mpim_connections", "Open connections.", [this] { return admission.open(); });
  add("mpim_routes", "Users with a session on this node.",
      [this] { return static_cast<double>(directory.users()); });
  add("mpim_sessions", "Logged-in sessions.",
      [this] { return static_cast<double>(directory.sessions()); });
  if (search)
    add("mpim_search_lag_entries", "Entries of the log that the index of words has not reached.",
        [this] { return static_cast<double>(search->reach().lag()); });
  add("mpim_store_queue", "Jobs waiting for the store's writer.",
      [this] { return storage->waiting(); });
  add("mpim_store_wal_bytes", "Size of the write-ahead log.",
      [path = sqlite_path(dir) + "-wal"] { return file_bytes(path); });
}

void Node::Core::describe() {
  NodeStatus status;
  status.node = NodeId{settings.node.id};
  status.pid = static_cast<uint64_t>(::getpid());
  status.started_at = control.clock().wall();
  status.line = addresses.line;
  status.http = addresses.http;
  std::error_code failed;  // then it is told as it was given
  const auto whole = std::filesystem::absolute(dir, failed);
  status.data_dir = failed ? dir : whole.string();
  status.schema_version = sqlite_migrations().back().version;
  live.describe(std::move(status));
}

void Node::Core::run() {
  for (const auto& worker : workers) worker->start();
  sweep->start();
  control.start();
}

// What asks goes before what answers, and loops last: answers that are under way still name them.
Node::Core::~Core() {
  gauges.clear();
  control.stop();
  for (const auto& worker : workers) worker->loop().stop();
  admin_http.reset();
  http.reset();
  listener.reset();
  for (const auto& worker : workers) worker->dismantle();
  if (search) search->stop();
  if (storage) storage->stop();
  hasher.reset();
  workers.clear();
}

Node::Node(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::start(const Settings& settings) {
  MPIM_CHECK(sodium_init() >= 0, "libsodium cannot start");
  auto core = std::make_unique<Core>(settings);
  MPIM_CHECKED(core->open_store());
  core->build_workers();
  MPIM_CHECKED(core->open_listeners());
  MPIM_CHECKED(core->open_http());
  core->describe();
  core->add_gauges();
  core->run();
  return std::unique_ptr<Node>(new Node(std::move(core)));
}

const NodeAddresses& Node::addresses() const { return core_->addresses; }

void Node::stop() {
  log_info("node.draining", {{"connections", core_->admission.open()}});
  core_->live.set_draining();
  std::promise<void> closed;
  core_->control.post([this, &closed] {
    core_->listener->stop();
    closed.set_value();
  });
  closed.get_future().wait();
  drain_workers(core_->workers, Millis(core_->settings.server.drain_timeout_ms));
  core_.reset();
  log_info("node.stopped");
}

}  // namespace mpim
