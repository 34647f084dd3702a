// A connection of the simulated network: the server's output buffer, the wire, the client's kernel.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "server/session/outlet.h"
#include "tests/sim/sim_node.h"

namespace mpim::sim {

// What arrives at a client, in order.
struct Arrival {
  uint64_t end = 0;  // the server's byte count after it
  EntryPtr entry;
  std::optional<Notice> notice;
  std::function<void()> reply;
};

// Threads  its server side runs on one worker's thread; its client side on none.
// Limits   as a real connection: above `high_water` bytes it is congested.
class SimLink final : public Outlet, public std::enable_shared_from_this<SimLink> {
 public:
  using Receive = std::function<void(Arrival&)>;
  using Closed = std::function<void()>;

  SimLink(World& world, SimNode& node, size_t worker, Receive receive, Closed closed)
      : world_(world),
        node_(node),
        worker_(node.worker(worker)),
        receive_(std::move(receive)),
        closed_(std::move(closed)) {}

  static constexpr uint64_t kHighWater = 2'000;

  // The server's side.
  uint64_t push(LiveEntry& live, bool) override;
  void notice(const Notice& notice) override;
  void signal(const Signal&) override {}  // nothing is promised of them
  bool congested() const override { return queued_ - left_ > kHighWater; }
  void close(const Error& why) override;
  void reply(std::function<void()> arrive);
  void bind(UserId user);        // and unbinds when this link ends
  void hold(SessionId session);  // the log-in is done: this link carries that session
  Session* session() { return session_id_ ? worker_.hub.find(session_id_) : nullptr; }
  bool open_here() const { return !server_closed_ && !node_.dead(); }
  uint64_t most_buffered() const { return most_buffered_; }

  // The client's side. Runs `handle` on the worker, after the wire's delay, unless the link is cut
  // before.
  void request(std::function<void()> handle);
  // The client goes away; the server notices later, or never hears of it.
  void cut(Millis until_noticed);
  void pause(bool paused);
  bool open_there() const { return !client_closed_; }
  SimWorker& worker() { return worker_; }
  SimNode& node() { return node_; }

 private:
  uint64_t queue(Arrival arrival, uint64_t bytes);
  void drain();
  void arrive(Arrival arrival);
  void deliver_kept();
  void end_session();

  World& world_;
  SimNode& node_;
  SimWorker& worker_;
  Receive receive_;
  Closed closed_;
  SessionId session_id_;
  UserId user_;
  std::deque<Arrival> buffer_;  // the server's
  std::deque<Arrival> kept_;    // in the client's kernel, not read yet
  uint64_t queued_ = 0;
  uint64_t left_ = 0;
  uint64_t arrived_ = 0;
  uint64_t most_buffered_ = 0;
  uint64_t reply_bytes_ = 0;  // in the buffer: what was asked for is answered, slow reader or not
  Instant last_arrival_;
  Instant last_request_;
  bool draining_ = false;
  bool paused_ = false;
  bool server_closed_ = false;
  bool client_closed_ = false;
};

}  // namespace mpim::sim
