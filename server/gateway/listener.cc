#include "server/gateway/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <string>

#include "server/gateway/gateway.h"
#include "server/gateway/socket_address.h"
#include "server/loop/libevent_owners.h"
#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {
namespace {

constexpr int kAcceptedAtOnce = 64;  // then the loop's other sockets get their turn
constexpr int kRefusedAtOnce = 16;   // with the reserve descriptor, before accepting pauses
const Error kFull{
    Code::kLimit,
    "the server has as many connections as it may (server.connections_max); try later"};
const Error kNoDescriptor{Code::kLimit, "the server has no file descriptor left; try later"};

// Best effort: the peer may be gone, and nobody waits for it.
void refuse(const UniqueFd& socket, const ListenerOptions& options, const Error& why) {
  count(Counter::kConnectionsRefused);
  if (options.how != nullptr) return;
  const std::string line = refusal(options.door, why);
  char unread[512];
  ::send(socket.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket.get(), SHUT_WR);
  // Closing over unread bytes resets the connection, and the peer might not see the line.
  while (::recv(socket.get(), unread, sizeof unread, MSG_DONTWAIT) > 0) {
  }
}

UniqueFd accept_one(int from, sockaddr_storage& peer) {
  socklen_t length = sizeof peer;
  return UniqueFd(
      ::accept4(from, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

UniqueFd reserve_descriptor() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

// The listening socket, the workers' turn, and the descriptor kept back for bad times.
struct Listener::Core {
  void accept_some();
  void hand_out(UniqueFd socket, const sockaddr_storage& peer);
  void out_of_descriptors(int error);
  void pause();

  EventLoop& loop;
  const ListenerOptions options;
  Admission& admission;
  const std::vector<Worker> workers;
  UniqueFd socket;
  UniqueFd reserve;
  EventOwner readable;
  TimerId resuming;
  size_t next_worker = 0;
  bool short_of_descriptors = false;  // an episode is going on, and was logged
  RareWarning full = {};
};

void Listener::Core::accept_some() {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    sockaddr_storage peer{};
    UniqueFd accepted = accept_one(socket.get(), peer);
    if (accepted) {
      hand_out(std::move(accepted), peer);
      continue;
    }
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    if (error == EMFILE || error == ENFILE) return out_of_descriptors(error);
    if (error == ENOBUFS || error == ENOMEM) return pause();
    // Anything else is a connection that ended before it was accepted.
  }
}

void Listener::Core::hand_out(UniqueFd accepted, const sockaddr_storage& peer) {
  if (short_of_descriptors) {
    short_of_descriptors = false;
    log_info("listener.descriptors_back", {{"connections", admission.open()}});
  }
  Admission::Slot slot = admission.enter();
  if (!slot) {
    full.warn("listener.full", {{"connections", admission.open()}}, loop.clock().steady());
    return refuse(accepted, options, kFull);
  }
  count(Counter::kConnectionsAccepted);
  const Worker& worker = workers[next_worker++ % workers.size()];
  worker.loop->post(
      [gateway = worker.gateway,
       handed = Accepted{options.door, std::move(accepted), peer_address(peer), std::move(slot),
                         options.how}]() mutable { gateway->adopt(std::move(handed)); });
}

// Gives up the reserve descriptor to answer who waits, instead of leaving him in the backlog.
void Listener::Core::out_of_descriptors(int error) {
  if (!short_of_descriptors) {
    short_of_descriptors = true;
    log_warn("listener.out_of_descriptors",
             {{"connections", admission.open()},
              {"limit", error == EMFILE ? "of this process (ulimit -n)" : "of the machine"}});
  }
  for (int i = 0; i < kRefusedAtOnce && reserve; ++i) {
    reserve.reset();
    sockaddr_storage peer{};
    UniqueFd turned_away = accept_one(socket.get(), peer);
    const bool more = static_cast<bool>(turned_away);
    if (more) refuse(turned_away, options, kNoDescriptor);
    turned_away.reset();
    reserve = reserve_descriptor();
    if (!more) break;
  }
  pause();
}

void Listener::Core::pause() {
  event_del(readable.get());
  resuming = loop.after(options.pause, [this] {
    resuming = {};
    if (!reserve) reserve = reserve_descriptor();
    event_add(readable.get(), nullptr);
  });
}

Listener::Listener(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Listener::~Listener() { stop(); }

Result<std::unique_ptr<Listener>> Listener::open(EventLoop& loop, const std::string& address,
                                                 ListenerOptions options, Admission& admission,
                                                 std::vector<Worker> workers) {
  MPIM_CHECK(!workers.empty(), "a listener needs a worker to hand connections to");
  MPIM_TRY(UniqueFd socket, listen_tcp(address, options.dead_peer_timeout));
  std::unique_ptr<Core> core(new Core{loop,
                                      options,
                                      admission,
                                      std::move(workers),
                                      std::move(socket),
                                      reserve_descriptor(),
                                      {},
                                      {}});
  core->readable.reset(event_new(
      loop.base(), core->socket.get(), EV_READ | EV_PERSIST,
      [](evutil_socket_t, short, void* of) { static_cast<Core*>(of)->accept_some(); }, core.get()));
  event_add(core->readable.get(), nullptr);
  return std::unique_ptr<Listener>(new Listener(std::move(core)));
}

std::string Listener::local_address() const { return mpim::local_address(core_->socket.get()); }

void Listener::stop() {
  if (core_->resuming) core_->loop.cancel(std::exchange(core_->resuming, {}));
  core_->readable.reset();
  core_->socket.reset();
}

}  // namespace mpim
