#include "server/node/node.h"

#include <signal.h>
#include <sodium.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "server/contract/intake_convert.h"
#include "server/gateway/admin/admin_api.h"
#include "server/gateway/auth/auth_api.h"
#include "server/gateway/files/file_api.h"
#include "server/gateway/rest/openapi.h"
#include "server/gateway/rest/rest_api.h"
#include "server/gateway/rest/server_card.h"
#include "server/gateway/rpc/rpc_api.h"
#include "server/gateway/web/web_console.h"
#include "server/node/certificate.h"
#include "server/node/cluster/cluster.h"
#include "server/node/cluster/session_inquiry.h"
#include "server/node/files/disk_vault.h"
#include "server/node/files/file_sweep.h"
#include "server/node/health.h"
#include "server/node/health_watch.h"
#include "server/node/http_services.h"
#include "server/node/leaving/departure.h"
#include "server/node/leaving/drain.h"
#include "server/node/leaving/last_call.h"
#include "server/node/live_node.h"
#include "server/node/node_options.h"
#include "server/node/settings/followed_settings.h"
#include "server/node/sweep.h"
#include "server/service/intake/ack_runner.h"
#include "server/service/intake/intake_runner.h"
#include "server/store/sql/data_dir_lock.h"
#include "server/store/sql/driver/mysql_driver.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/partitions/month_keeper.h"
#include "server/store/sql/size/database_size.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr Millis kStoreMax{2'000};  // for what the store still has to do when all is written

// Running out of everything but this node: a held lock, for the operator, is a store he cannot
// have.
Error as_unavailable(Error error) {
  if (error.code == Code::kConflict) error.code = Code::kUnavailable;
  return error;
}

// What another node ended is not to be believed while the store is away.
void forget_tokens(const Envelope& told, KnownTokens& known) {
  if (const auto* const sessions = std::get_if<SessionsEnded>(&told))
    known.end(sessions->user, sessions->device);
  else if (const auto* const tokens = std::get_if<TokensEnded>(&told))
    known.end(tokens->user, tokens->device);
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
        here(NodeId{given.node.id}),
        guard(guard_options(given)),
        keys(token_options(given)),
        presence(presence_options(given)),
        profiles(profiles_max(given)),
        rates(rate_options(given)),
        live(workers, here, admission) {}
  ~Core();

  Result<void> open_certificate();
  Result<void> open_store();
  Result<void> join();
  void build_workers();
  Result<void> open_doors();
  void close_doors();
  void plan_departure();
  Result<void> open_http();
  void add_gauges();
  void describe();
  void follow();
  void run();

  const Settings settings;
  const std::string dir;
  NodeAddresses addresses;
  std::optional<DataDirLock> lock;
  Admission admission;
  LocalDirectory here;
  std::unique_ptr<Cluster> cluster;
  std::unique_ptr<FollowedSettings> followed;
  LoginGuard guard;
  SigningKeys keys;
  PresenceBoard presence;
  ProfileCache profiles;
  RateLimit rates;
  EventLoop control{"control"};  // accepts, HTTP, admin, sweeps
  std::vector<std::unique_ptr<Worker>> workers;
  LiveNode live;
  std::unique_ptr<SessionInquiry> inquiry;
  std::shared_ptr<SharedLimits> limits;  // of the storage's stores
  std::unique_ptr<ThreadedStorage> storage;
  std::unique_ptr<MonthKeeper> months;  // with a server, as the next
  std::unique_ptr<DatabaseSize> size;
  std::unique_ptr<SqlSearch> search;
  std::unique_ptr<DiskVault> vault;
  std::unique_ptr<FileService> files;
  std::unique_ptr<FileSweep> file_sweep;
  std::unique_ptr<Argon2Hasher> hasher;
  std::unique_ptr<HttpServices> calls;
  std::unique_ptr<HealthWatch> watch;
  std::unique_ptr<AdminService> admin;
  std::unique_ptr<NodeDesk> desk;
  std::unique_ptr<DeadLetterDesk> letters;
  std::unique_ptr<SettingsDesk> settings_desk;
  std::unique_ptr<RetentionJob> retention;
  std::unique_ptr<ErasureService> erasure;
  std::unique_ptr<Sweep> sweep;
  std::unique_ptr<Fanout> runner_fanout;
  std::unique_ptr<IntakeRunner> runner;   // with an intake
  std::unique_ptr<AckRunner> ack_runner;  // likewise
  std::unique_ptr<Certificate> certificate;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Listener> ws_listener;
  std::unique_ptr<Departure> departure;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<HttpServer> admin_http;
  std::vector<Gauge> gauges;
};

Result<void> Node::Core::open_certificate() {
  MPIM_TRY(certificate, Certificate::open(settings, control));
  return {};
}

Result<void> Node::Core::open_store() {
  Result<DataDirLock> taken = DataDirLock::take(dir);
  if (!taken.ok()) return as_unavailable(taken.error());
  lock.emplace(std::move(*taken));
  MPIM_TRY(const StorePlace place, store_place(settings.store.url, dir));
  // One writer, and the readers beside it, share the newest part of the log; many cannot.
  const std::shared_ptr<LogTail> newest = place.is_file() ? make_log_tail() : nullptr;
  limits = std::make_shared<SharedLimits>(store_limits(settings));
  const auto open = [place, shared = limits, tail = newest,
                     patience = Millis(settings.store.answer_timeout_ms)](bool read_only) {
    StoreOptions options;
    options.read_only = read_only;
    options.migrate = place.is_file() && !read_only;
    options.limits = shared->get();
    options.shared_limits = shared;
    options.tail = tail;
    options.answer_timeout = patience;
    return mpim::open_store(place, options);
  };
  MPIM_TRY(storage,
           ThreadedStorage::start([open] { return open(false); }, [open] { return open(true); },
                                  storage_options(settings)));
  if (!place.is_file()) {
    months = std::make_unique<MonthKeeper>(MonthKeeperOptions{.database = place});
    size = std::make_unique<DatabaseSize>(place);
  }
  if (settings.search.enabled)
    search = std::make_unique<SqlSearch>(search_options(settings, place, newest));
  MPIM_TRY(vault, DiskVault::open(files_dir(settings), vault_options(settings)));
  files = std::make_unique<FileService>(control, *storage, *vault, keys, file_options(settings));
  file_sweep = std::make_unique<FileSweep>(control, *files);
  return {};
}

void Node::Core::build_workers() {
  hasher = std::make_unique<Argon2Hasher>(argon2_options(settings));
  const WorkerShared shared{*storage,       cluster->directory(),
                            cluster->bus(), *hasher,
                            guard,          keys,
                            presence,       rates,
                            search.get(),   live,
                            profiles,       cluster->intake(),
                            cluster->acks()};
  const uint32_t count = workers_of(settings);
  for (uint32_t index = 0; index < count; ++index)
    workers.push_back(std::make_unique<Worker>(index, count, shared, worker_options(settings)));
  calls = std::make_unique<HttpServices>(control, shared, worker_options(settings));
  inquiry =
      std::make_unique<SessionInquiry>(control, cluster->bus(), live, NodeId{settings.node.id},
                                       Millis(settings.node.answer_timeout_ms));
  live.ask_others_by(*inquiry);
  cluster->bus().subscribe(NodeId{settings.node.id},
                           [this](std::span<const EnvelopePtr> envelopes) {
                             inquiry->receive(envelopes);
                             for (const EnvelopePtr& envelope : envelopes)
                               forget_tokens(*envelope, keys.lately());
                             for (const auto& worker : workers) worker->deliver(envelopes);
                           });
  if (Intake* const intake = cluster->intake()) {
    const HeldUpOptions held_up{.attempts_max = settings.intake.attempts_max,
                                .again_max = Millis(settings.intake.again_ms)};
    runner_fanout = std::make_unique<Fanout>(control, cluster->directory(), cluster->bus());
    runner = std::make_unique<IntakeRunner>(
        control, *storage, *runner_fanout, *intake, [this] { return storage->healthy(); },
        IntakeRunnerOptions{.held_up = held_up});
    ack_runner = std::make_unique<AckRunner>(
        control, *storage, *runner_fanout, *cluster->acks(), [this] { return storage->healthy(); },
        held_up);
  }
  const auto pace = [this] {
    return Millis(cluster->cut_off()
                      ? std::min(settings.session.sweep_alone_ms, settings.session.sweep_ms)
                      : settings.session.sweep_ms);
  };
  sweep = std::make_unique<Sweep>(control, *storage, pace,
                                  [this](const std::vector<EnvelopePtr>& moved) {
                                    for (const auto& worker : workers) worker->deliver(moved);
                                  });
}

// Where they were, if they have been open before: others know them there.
Result<void> Node::Core::open_doors() {
  std::vector<Listener::Worker> serving;
  for (const auto& worker : workers) serving.push_back({&worker->loop(), &worker->gateway()});
  ListenerOptions line = listener_options(settings);
  line.how = certificate->arrival(settings.line.tls, settings.line.proxy);
  auto opened =
      Listener::open(control, addresses.line.empty() ? settings.line.listen : addresses.line, line,
                     admission, serving);
  MPIM_TRY(listener, or_else_flag(std::move(opened), "--line"));
  addresses.line = listener->local_address();
  ListenerOptions ws = ws_listener_options(settings);
  ws.how = certificate->arrival(settings.ws.tls, settings.ws.proxy);
  auto web = Listener::open(control, addresses.ws.empty() ? settings.ws.listen : addresses.ws, ws,
                            admission, std::move(serving));
  MPIM_TRY(ws_listener, or_else_flag(std::move(web), "--ws"));
  addresses.ws = ws_listener->local_address();
  return {};
}

void Node::Core::close_doors() {
  if (listener) listener->stop();
  if (ws_listener) ws_listener->stop();
}

// It ends as by SIGTERM, which the main program waits for.
void Node::Core::plan_departure() {
  departure = std::make_unique<Departure>(
      control, workers, live, cluster->registry(),
      Departure::Doors{[this] { close_doors(); }, [this] { return open_doors(); }},
      Millis(settings.server.drain_spread_ms), [] { ::kill(::getpid(), SIGTERM); });
  cluster->registry().on_ordered(
      [this](NodeState wanted) { control.post([this, wanted] { departure->obey(wanted); }); });
  desk =
      std::make_unique<NodeDesk>(control, cluster->registry(), *storage, NodeId{settings.node.id});
}

Result<void> Node::Core::open_http() {
  const HealthSubjects subjects{*storage,     workers,  live,     dir, files_dir(settings),
                                *certificate, *cluster, *followed};
  watch = std::make_unique<HealthWatch>(control, [subjects] { return check_readiness(subjects); });
  const HealthSource health{[subjects] { return check_health(subjects); },
                            [this] { return watch->check(); }};
  HttpServerOptions public_http = http_options(settings);
  public_http.how = certificate->arrival(settings.http.tls, settings.http.proxy);
  http = std::make_unique<HttpServer>(control, public_http);
  add_http_api(*http, health);
  add_file_api(*http, *files, control);
  add_auth_api(*http, calls->users(), control);
  add_rpc_api(*http, calls->door());
  add_rest_api(*http, calls->door());
  add_openapi(*http);
  add_server_card(*http, {[this] { return addresses.ws; },
                          [this] { return followed->now().auth.register_open; }});
  add_web_console(*http, [this] { return addresses.ws; });
  admin = std::make_unique<AdminService>(control, *storage, cluster->directory(), cluster->bus(),
                                         *hasher, live, settings.auth.password_min_length,
                                         search.get(), &presence, &profiles, &keys);
  retention = std::make_unique<RetentionJob>(control, *storage, retention_options(settings));
  erasure = std::make_unique<ErasureService>(control, *storage, *admin, files.get(),
                                             erasure_options(settings));
  letters = std::make_unique<DeadLetterDesk>(control, *storage, cluster->directory(),
                                             cluster->bus(), unpacked_draft);
  settings_desk = std::make_unique<SettingsDesk>(control, *storage, cluster->settings(), *followed);
  const AdminServices operated{*admin, *retention, *erasure, *desk, *letters, *settings_desk};
  add_admin_api(*http, operated,
                {.tokens = true, .text_bytes_max = settings.message.text_bytes_max});
  MPIM_TRY(addresses.http, or_else_flag(http->listen_on_tcp(settings.http.listen), "--http"));
  admin_http = std::make_unique<HttpServer>(control, admin_http_options(settings));
  add_http_api(*admin_http, health);
  add_admin_api(*admin_http, operated,
                {.owner = ::geteuid(), .text_bytes_max = settings.message.text_bytes_max});
  addresses.admin = admin_socket(settings);
  return admin_http->listen_on_unix(addresses.admin);
}

void Node::Core::add_gauges() {
  const auto add = [this](const char* name, const char* help, std::function<double()> read) {
    gauges.emplace_back(name, help, std::move(read));
  };
  add("mpim_connections", "Open connections of the line protocol and WebSocket.",
      [this] { return admission.open(); });
  add("mpim_http_connections", "Open HTTP connections.",
      [this] { return static_cast<double>(http->connections()); });
  add("mpim_routes", "Users with a session on this node.",
      [this] { return static_cast<double>(here.users()); });
  add("mpim_sessions", "Logged-in sessions.",
      [this] { return static_cast<double>(here.sessions()); });
  add("mpim_settings_version", "Of the cluster's settings, that this node follows.",
      [this] { return static_cast<double>(followed->version()); });
  if (search)
    add("mpim_search_lag_entries", "Entries of the log that the index of words has not reached.",
        [this] { return static_cast<double>(search->reach().lag()); });
  if (certificate->used()) {
    add("mpim_tls_expiry_days", "Days until the certificate expires.",
        [this] { return certificate->days_left(); });
    add("mpim_tls_refused", "1 while a newer certificate is refused, and the old one served.",
        [this] { return certificate->refused() ? 1 : 0; });
  }
  for (Gauge& each : cluster->gauges()) gauges.push_back(std::move(each));
  add("mpim_store_up", "1 while the store takes what is written.",
      [this] { return storage->healthy() ? 1 : 0; });
  add("mpim_store_queue", "Jobs waiting for the store's writer.",
      [this] { return storage->waiting(); });
  if (size) {
    add("mpim_store_bytes", "Size of the database.",
        [this] { return static_cast<double>(size->bytes()); });
    add("mpim_store_connections", "Connections to the database server.",
        [] { return MysqlDriver::open_connections(); });
  } else {
    add("mpim_store_bytes", "Size of the database.",
        [path = sqlite_path(dir)] { return file_bytes(path); });
    add("mpim_store_wal_bytes", "Size of the write-ahead log.",
        [path = sqlite_path(dir) + "-wal"] { return file_bytes(path); });
  }
}

void Node::Core::describe() {
  NodeStatus status;
  status.node = NodeId{settings.node.id};
  status.pid = static_cast<uint64_t>(::getpid());
  status.started_at = control.clock().wall();
  status.line = addresses.line;
  status.ws = addresses.ws;
  status.http = addresses.http;
  std::error_code failed;  // then it is told as it was given
  const auto whole = std::filesystem::absolute(dir, failed);
  status.data_dir = failed ? dir : whole.string();
  status.schema_version = sqlite_migrations().back().version;
  live.describe(std::move(status));
}

// Every setting that is live in the table has its part here.
void Node::Core::follow() {
  const Settings now = followed->take();
  (void)set_log_level(now.log.level);  // the table has allowed it
  admission.follow(now.server.connections_max);
  guard.follow(guard_options(now));
  rates.follow(rate_options(now));
  presence.follow(presence_options(now));
  limits->set(store_limits(now));
  const WorkerOptions options = worker_options(now);
  for (const auto& worker : workers) worker->follow(options);
  calls->follow(options);
  files->follow(file_options(now));
  retention->follow(retention_options(now));
  // Not before the cluster was asked: its age may be the longer one.
  if (months) months->follow(month_age(now));
  admin->follow(now.auth.password_min_length);
}

Result<void> Node::Core::join() {
  NodeRecord self;
  self.run.node = NodeId{settings.node.id};
  self.line = addresses.line;
  self.ws = addresses.ws;
  self.http = addresses.http;
  self.version = MPIM_VERSION;
  self.started = control.clock().wall();
  const auto load = [this] {
    return NodeRegistry::Load{admission.open(), here.sessions(), followed->version()};
  };
  cluster->settings().on_changed([this] { control.post([this] { follow(); }); });
  const auto woken = [this] { control.post([this] { sweep->at_once(); }); };
  return cluster->join(std::move(self), load, woken);
}

void Node::Core::run() {
  for (const auto& worker : workers) worker->start();
  sweep->start();
  if (runner) runner->start();
  if (ack_runner) ack_runner->start();
  file_sweep->start();
  watch->start();
  retention->start();
  certificate->start();
  admin->server(Reply<ServerStatus>(control, [](const Result<ServerStatus>&) {}));
  erasure->resume();
  control.start();
}

// What asks goes before what answers, and loops last: answers that are under way still name them.
Node::Core::~Core() {
  gauges.clear();
  control.stop();
  for (const auto& worker : workers) worker->loop().stop();
  if (cluster) cluster->end();
  admin_http.reset();
  http.reset();
  listener.reset();
  ws_listener.reset();
  calls.reset();
  for (const auto& worker : workers) worker->dismantle();
  months.reset();
  size.reset();
  if (search) search->stop();
  if (storage) storage->stop();
  vault.reset();
  hasher.reset();
  workers.clear();
}

Node::Node(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::start(const Settings& settings) {
  MPIM_CHECK(sodium_init() >= 0, "libsodium cannot start");
  auto core = std::make_unique<Core>(settings);
  MPIM_CHECKED(core->open_certificate());
  MPIM_TRY(core->cluster, make_cluster(settings, core->here, core->control));
  core->followed = std::make_unique<FollowedSettings>(settings, core->cluster->settings());
  MPIM_CHECKED(core->open_store());
  core->build_workers();
  MPIM_CHECKED(core->open_doors());
  core->plan_departure();
  MPIM_CHECKED(core->open_http());
  core->describe();
  core->add_gauges();
  MPIM_CHECKED(core->join());
  core->follow();
  core->run();
  return std::unique_ptr<Node>(new Node(std::move(core)));
}

const NodeAddresses& Node::addresses() const { return core_->addresses; }

bool Node::reload_certificate() {
  if (!core_->certificate->used()) return false;
  core_->control.post([certificate = core_->certificate.get()] { certificate->reload(); });
  return true;
}

void Node::stop() {
  log_info("node.draining", {{"connections", core_->admission.open()}});
  core_->live.set_draining(true);
  core_->cluster->registry().set_state(NodeState::kDraining);
  std::promise<void> closed;
  core_->control.post([this, &closed] {
    core_->close_doors();
    closed.set_value();
  });
  closed.get_future().wait();
  const bool written =
      drain_workers(core_->workers, Millis(core_->settings.server.drain_timeout_ms));
  core_->cluster->leave();
  {
    const LastCall last(written ? kStoreMax : Millis(0), [] {
      log_warn("node.store_cut", {{"why", "it did not answer in time"}});
      MysqlDriver::cut_all();
    });
    core_.reset();
  }
  log_info("node.stopped");
}

}  // namespace mpim
