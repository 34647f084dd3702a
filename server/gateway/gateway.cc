#include "server/gateway/gateway.h"

#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <unordered_map>

#include "server/gateway/connection/connection.h"
#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/transport/arrival.h"
#include "server/protocol/line_codec.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

const Error kGoingDown{Code::kDraining, "this node is going down; connect again"};
// Questions that are due so soon are asked together.
constexpr Millis kBeatsTogether{100};
// Clients that leave one after another leave together when their turns are so close.
constexpr Millis kReleaseTurn{10};

}  // namespace

// The connections, what they share, and which of them this turn of the loop has woken.
struct Gateway::Core {
  Core(EventLoop& loop, std::unique_ptr<Dispatcher> own, Dispatcher& dispatcher,
       const GatewayOptions& options);
  ~Core();
  std::unique_ptr<Codec> make_codec(Door door);
  void open(Accepted accepted, Transport transport);
  void remove(Connection& gone);
  void expect(Connection& from);
  void wait_for_beat();
  void ask_who_is_there();
  void end_turn();
  void cut_all();
  void drained();
  void release_next();

  const std::unique_ptr<Dispatcher> own_dispatcher;
  ConnectionHost host;
  Arrivals arrivals;
  EventOwner turn_end;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  std::vector<std::shared_ptr<Peer>> woken;  // in this turn
  // Of the connections that are asked whether they are there, who is next.
  struct Beat {
    Instant due;
    Connection* to;
  };
  std::list<Beat> beats;
  std::unordered_map<Connection*, std::list<Beat>::iterator> beat_of;
  TimerId beat_timer;
  bool draining = false;
  Task on_drained;
  TimerId drain_timer;
  std::vector<std::weak_ptr<Connection>> leaving;  // of a release(): who goes next is the last
  Instant leaving_until;
  Error leaving_why;
  Task on_released;
  TimerId release_timer;
};

Gateway::Core::Core(EventLoop& loop, std::unique_ptr<Dispatcher> own, Dispatcher& dispatcher,
                    const GatewayOptions& options)
    : own_dispatcher(std::move(own)),
      host{loop,
           dispatcher,
           options,
           [this](Connection& gone) { remove(gone); },
           [this](Connection& waiting) {
             // Activated now, it runs behind everything that this turn of the loop has found.
             if (woken.empty()) event_active(turn_end.get(), EV_TIMEOUT, 0);
             woken.push_back(waiting.shared_from_this());
           },
           [this](Door door) { return make_codec(door); },
           {},
           {},
           {}},
      arrivals(loop),
      turn_end(event_new(
          loop.base(), -1, 0,
          [](evutil_socket_t, short, void* core) { static_cast<Core*>(core)->end_turn(); }, this)) {
}

Gateway::Core::~Core() {
  on_drained = {};
  on_released = {};
  cut_all();
  for (const TimerId timer : {drain_timer, release_timer})
    if (timer) host.loop.cancel(timer);
  if (beat_timer) host.loop.cancel(beat_timer);
}

std::unique_ptr<Codec> Gateway::Core::make_codec(Door door) {
  const GatewayOptions& options = host.options;
  if (door == Door::kWebSocket) return std::make_unique<WsCodec>(options.ws);
  return std::make_unique<LineCodec>(
      LineLimits{options.line_bytes_max, options.text_bytes_max, options.ext_bytes_max});
}

void Gateway::follow(Rate requests) {
  core_->host.options.requests = requests;
  for (const auto& [raw, connection] : core_->connections) connection->requests.set_rate(requests);
}

void Gateway::Core::remove(Connection& gone) {
  auto node = connections.extract(&gone);
  if (node.empty()) return;
  if (auto beat = beat_of.extract(&gone); !beat.empty()) beats.erase(beat.mapped());
  // It may be in the middle of one of its own calls.
  host.loop.post([last = std::move(node.mapped())] {});
  drained();
}

void Gateway::Core::end_turn() {
  std::vector<std::shared_ptr<Peer>> now;
  now.swap(woken);
  for (const std::shared_ptr<Peer>& peer : now) static_cast<Connection&>(*peer).end_turn();
}

void Gateway::Core::expect(Connection& from) {
  const Instant due = host.loop.clock().steady() + host.options.heartbeat;
  beat_of[&from] = beats.insert(beats.end(), {due, &from});
  if (!beat_timer) wait_for_beat();
}

void Gateway::Core::wait_for_beat() {
  const Millis wait = beats.front().due - host.loop.clock().steady();
  beat_timer = host.loop.after(std::max(wait, kBeatsTogether), [this] { ask_who_is_there(); });
}

void Gateway::Core::ask_who_is_there() {
  beat_timer = {};
  const Instant now = host.loop.clock().steady();
  while (!beats.empty() && beats.front().due <= now) {
    Connection& next = *beats.front().to;
    beats.front().due = now + host.options.heartbeat;
    beats.splice(beats.end(), beats, beats.begin());
    next.beat(host.options.silent_beats_max);  // may remove it
  }
  if (!beats.empty()) wait_for_beat();
}

void Gateway::Core::cut_all() {
  std::vector<std::shared_ptr<Connection>> rest;
  for (const auto& [key, connection] : connections) rest.push_back(connection);
  for (const auto& connection : rest) connection->cut();
}

void Gateway::Core::drained() {
  if (!draining || !connections.empty() || !on_drained) return;
  if (drain_timer) host.loop.cancel(std::exchange(drain_timer, {}));
  host.loop.post(std::exchange(on_drained, {}));
}

Gateway::Gateway(const WorkerServices& services, const GatewayOptions& options) {
  auto dispatch = std::make_unique<Dispatch>(services);
  Dispatcher& dispatcher = *dispatch;
  core_ = std::make_unique<Core>(services.loop, std::move(dispatch), dispatcher, options);
}

Gateway::Gateway(EventLoop& loop, Dispatcher& dispatcher, const GatewayOptions& options)
    : core_(std::make_unique<Core>(loop, nullptr, dispatcher, options)) {}

Gateway::~Gateway() = default;

void Gateway::adopt(Accepted accepted) {
  if (core_->draining) {
    const std::string words = refusal(accepted.door, kGoingDown);
    if (accepted.how == nullptr)
      ::send(accepted.socket.get(), words.data(), words.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return count(Counter::kConnectionsRefused);
  }
  UniqueFd socket = std::move(accepted.socket);
  std::string peer = std::move(accepted.peer);
  std::shared_ptr<const ArrivalOptions> how = std::move(accepted.how);
  core_->arrivals.receive(std::move(socket), std::move(peer), std::move(how),
                          [core = core_.get(), rest = std::move(accepted)](
                              Transport transport, std::string from) mutable {
                            rest.peer = std::move(from);
                            core->open(std::move(rest), std::move(transport));
                          });
}

void Gateway::Core::open(Accepted accepted, Transport transport) {
  auto connection = std::make_shared<Connection>(host, std::move(accepted), std::move(transport));
  connections.emplace(connection.get(), connection);
  if (connection->door() == Door::kWebSocket) expect(*connection);
  connection->start();
}

void Gateway::release(Millis window, Task done) {
  keep();
  for (const auto& [key, connection] : core_->connections) core_->leaving.push_back(connection);
  core_->leaving_until = core_->host.loop.clock().steady() + window;
  core_->leaving_why = {Code::kDraining, "this node lets its clients go over " +
                                             std::to_string(window.count()) + " ms; connect again"};
  core_->on_released = std::move(done);
  core_->release_next();
}

// As many as are due, so that the last one goes when the window ends.
void Gateway::Core::release_next() {
  release_timer = {};
  const Millis left = std::max(leaving_until - host.loop.clock().steady(), Millis(0));
  if (leaving.empty()) {
    if (left <= Millis(0)) return host.loop.post(std::exchange(on_released, {}));
    release_timer = host.loop.after(left, [this] { release_next(); });
    return;
  }
  const auto turns = static_cast<size_t>(left / kReleaseTurn) + 1;
  const size_t due = (leaving.size() + turns - 1) / turns;
  const size_t later = leaving.size() - due;
  const Millis pause =
      std::max(later == 0 ? left : left / static_cast<int64_t>(later / due + 1), kReleaseTurn);
  leaving_why.retry_ms = static_cast<uint32_t>(pause.count());  // the next ones come after it
  for (size_t i = 0; i < due; ++i) {
    if (const auto connection = leaving.back().lock()) connection->drain(leaving_why);
    leaving.pop_back();
  }
  release_timer = host.loop.after(pause, [this] { release_next(); });
}

void Gateway::keep() {
  core_->leaving.clear();
  core_->on_released = {};
  if (core_->release_timer) core_->host.loop.cancel(std::exchange(core_->release_timer, {}));
}

void Gateway::drain(Millis time_out, Task done) {
  keep();
  core_->draining = true;
  core_->arrivals.cut_all();
  core_->on_drained = std::move(done);
  core_->drain_timer = core_->host.loop.after(time_out, [core = core_.get()] {
    core->drain_timer = {};
    log_warn("gateway.drain_timed_out", {{"connections", core->connections.size()}});
    core->cut_all();
  });
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [key, connection] : core_->connections) all.push_back(connection);
  Error why = kGoingDown;
  why.retry_ms = static_cast<uint32_t>(core_->host.options.drain_spread.count());
  for (const auto& connection : all) connection->drain(why);
  core_->drained();
}

void Gateway::send_queued() { core_->end_turn(); }

size_t Gateway::connections() const { return core_->connections.size(); }

std::vector<SessionRow> Gateway::sessions() const {
  std::vector<SessionRow> rows;
  for (const auto& [key, connection] : core_->connections) {
    if (!connection->login || connection->login->session == nullptr) continue;
    const Login& login = *connection->login;
    rows.push_back({login.session_id, login.who, connection->address(), name_of(connection->door()),
                    login.ack, login.sync, login.session->in_flight(), login.session->behind(),
                    login.since});
  }
  std::ranges::sort(rows, {}, &SessionRow::id);
  return rows;
}

}  // namespace mpim
