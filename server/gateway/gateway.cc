#include "server/gateway/gateway.h"

#include <sys/socket.h>

#include <algorithm>
#include <unordered_map>

#include "server/gateway/dispatch/dispatch.h"
#include "server/gateway/line/connection.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr std::string_view kGoingDown = "-ERR DRAINING this node is going down; connect again\n";

}  // namespace

// The connections, what they share, and which of them this turn of the loop has woken.
struct Gateway::Core {
  Core(EventLoop& loop, std::unique_ptr<Dispatcher> own, Dispatcher& dispatcher,
       const GatewayOptions& options);
  ~Core();
  void remove(Connection& gone);
  void end_turn();
  void cut_all();
  void drained();

  const std::unique_ptr<Dispatcher> own_dispatcher;
  ConnectionHost host;
  EventOwner turn_end;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  std::vector<std::shared_ptr<Peer>> woken;  // in this turn
  bool draining = false;
  Task on_drained;
  TimerId drain_timer;
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
           {},
           {},
           {}},
      turn_end(event_new(
          loop.base(), -1, 0,
          [](evutil_socket_t, short, void* core) { static_cast<Core*>(core)->end_turn(); }, this)) {
}

Gateway::Core::~Core() {
  on_drained = {};
  cut_all();
  if (drain_timer) host.loop.cancel(drain_timer);
}

void Gateway::Core::remove(Connection& gone) {
  auto node = connections.extract(&gone);
  if (node.empty()) return;
  // It may be in the middle of one of its own calls.
  host.loop.post([last = std::move(node.mapped())] {});
  drained();
}

void Gateway::Core::end_turn() {
  std::vector<std::shared_ptr<Peer>> now;
  now.swap(woken);
  for (const std::shared_ptr<Peer>& peer : now) static_cast<Connection&>(*peer).end_turn();
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
    ::send(accepted.socket.get(), kGoingDown.data(), kGoingDown.size(),
           MSG_DONTWAIT | MSG_NOSIGNAL);
    return count(Counter::kConnectionsRefused);
  }
  auto connection = std::make_shared<Connection>(core_->host, std::move(accepted));
  core_->connections.emplace(connection.get(), connection);
  connection->start();
}

void Gateway::drain(Millis time_out, Task done) {
  core_->draining = true;
  core_->on_drained = std::move(done);
  core_->drain_timer = core_->host.loop.after(time_out, [core = core_.get()] {
    core->drain_timer = {};
    log_warn("gateway.drain_timed_out", {{"connections", core->connections.size()}});
    core->cut_all();
  });
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [key, connection] : core_->connections) all.push_back(connection);
  for (const auto& connection : all) connection->drain();
  core_->drained();
}

void Gateway::send_queued() { core_->end_turn(); }

size_t Gateway::connections() const { return core_->connections.size(); }

std::vector<SessionRow> Gateway::sessions() const {
  std::vector<SessionRow> rows;
  for (const auto& [key, connection] : core_->connections) {
    if (!connection->login || connection->login->session == nullptr) continue;
    const Login& login = *connection->login;
    rows.push_back({login.session_id, login.who, connection->address(), "line", login.ack,
                    login.sync, login.session->in_flight(), login.session->behind(), login.since});
  }
  std::ranges::sort(rows, {}, &SessionRow::id);
  return rows;
}

}  // namespace mpim
