// One client: bytes in, requests out; answers and pushes back, in the words of its codec.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/gateway/admission.h"
#include "server/gateway/connection/output_buffer.h"
#include "server/gateway/connection/reply_queue.h"
#include "server/gateway/gateway_options.h"
#include "server/gateway/peer.h"
#include "server/gateway/transport/transport.h"
#include "server/loop/event_loop.h"
#include "server/loop/libevent_owners.h"
#include "server/protocol/codec.h"
#include "server/telemetry/rare_warning.h"

namespace mpim {

class Connection;

// What the connections of one worker share. Outlives them.
struct ConnectionHost {
  static constexpr size_t kReadBytes = Transport::kReadBytesMin;

  EventLoop& loop;
  Dispatcher& dispatcher;
  GatewayOptions options;
  UniqueFunction<void(Connection&)> removed;  // the connection is gone; it may be freed later
  UniqueFunction<void(Connection&)>
      woken;  // call end_turn() on it, at this turn's end at the latest
  // What `door` speaks.
  UniqueFunction<std::unique_ptr<Codec>(Door door)> make_codec;

  // Room that is in use only within one call.
  std::array<char, kReadBytes> read_room;
  std::string encoded;
  // Lent to a connection as long as requests of its wait.
  std::vector<Incoming> waiting;

  RareWarning faults = {};  // requests answered INTERNAL
};

// Reads requests, starts them, and writes what comes back; knows nothing of what they mean.
// Threads  its worker's loop.
// Order    answers come in the order of the requests, if the codec's do. Requests that may overlap
//          run side by side; any other waits until nothing is unanswered and holds those behind it.
//          A push may come between two answers, never inside one. What is queued before an
//          end_turn() leaves in one write.
// Limits   pipelined_max requests unanswered, or output_bytes_max of answers not yet taken by the
//          peer: then nothing more is read or started. Pushes stop by themselves (congested()).
//          A connection that is closed waits `linger` for the answers it owes.
// Errors   a socket error ends it at once, and counts nothing more as received. A protocol that is
//          over() is an end of input.
// Lifetime the gateway holds it until a task after its end; it is never destroyed inside its own
//          calls.
class Connection final : public Peer {
 public:
  // `accepted` has arrived: its socket is in `transport`.
  Connection(ConnectionHost& host, Accepted accepted, Transport transport);
  ~Connection() override;

  void start();
  // Starts what may start now, and writes what was queued.
  void end_turn();
  // Takes no new requests; answers those it has, then closes for that reason, DRAINING.
  void drain(Error why);
  // Ends at once. What was not sent is lost.
  void cut();
  // Asks whether the client is there. One that has not said a word since the last `missed_max`
  // questions is taken for dead.
  void beat(uint32_t missed_max);
  Door door() const { return door_; }

  // Peer
  void answer(Ticket ticket, const Response& response) override;
  void finish() override;
  bool gone() const override { return state_ == State::kGone; }
  const std::string& address() const override { return peer_; }

  // Outlet
  uint64_t push(LiveEntry& live, bool to_sender) override;
  void notice(const Notice& notice) override;
  void signal(const Signal& signal) override;
  bool congested() const override { return congested_ || ending(); }
  void close(const Error& why) override;

 private:
  enum class State : uint8_t {
    kOpen,       // reads requests
    kAnswering,  // reads none any more (end of input, or draining), but answers what it has
    kClosing,    // sends what is queued
    kLingering,  // everything is written: waits for the peer's TCP to have it
    kGone,
  };

  // Coming in
  void on_readable();
  void on_end_of_input();
  size_t feed(std::string_view bytes);
  void answer_for_protocol();
  void give_back();
  void pump();
  void wait_for_turn();
  bool pump_once();
  bool may_start() const;
  void start_next();
  void settle();
  bool ending() const { return state_ >= State::kClosing || last_word_; }
  void say_last_word();
  void watch_input();
  size_t owed() const { return replies_.size() + waiting_.size() - waiting_head_; }

  // Going out
  void queue(std::string_view bytes);
  void queue_shared(std::shared_ptr<const std::string> bytes);
  void queued(size_t bytes);
  void wake();
  void flush();
  void after_write();
  void watch_output();
  void tell_session();

  // What the peer's TCP has received
  bool measure_received();
  void watch_acknowledgements();
  void poll_acknowledgements();
  void begin_linger();
  void poll_linger();

  void expect_login();
  void on_login_deadline();
  void expire();
  void fail(int error);

  ConnectionHost& host_;
  Transport transport_;
  const std::string peer_;
  const Door door_;
  uint8_t silent_beats_ = 0;
  Admission::Slot slot_;
  EventOwner readable_;
  EventOwner writable_;  // made when the socket is full for the first time
  const std::unique_ptr<Codec> codec_;

  State state_ = State::kOpen;
  bool ended_ = false;              // the peer sends nothing more
  std::optional<Error> draining_;   // why, once it drains
  std::optional<Error> last_word_;  // said, and closed, once what is owed is answered
  bool expired_ = false;            // the log-in came too late, and a request is still unanswered
  bool turn_over_ = false;          // it has had its share of this turn of the loop
  TimerId next_turn_;
  bool barrier_ = false;  // a request that must be alone is under way
  bool pumping_ = false;
  bool reading_ = false;
  bool blocked_ = false;  // the socket is full: `writable_` will tell
  bool stuck_ = false;    // so full that TLS cannot go on reading
  bool woken_ = false;
  bool congested_ = false;

  std::string unread_;  // read, but more than may be unanswered
  size_t unread_taken_ = 0;
  std::vector<Incoming> waiting_;  // not yet started
  size_t waiting_head_ = 0;
  ReplyQueue replies_;

  OutputBuffer out_;
  size_t reply_bytes_ = 0;      // at most so much of out_ are answers
  uint64_t queued_total_ = 0;   // ever queued
  uint64_t written_total_ = 0;  // ever given to the kernel

  TimerId login_timer_;
  TimerId ack_timer_;
  TimerId linger_timer_;
  Millis poll_delay_{0};
};

}  // namespace mpim
