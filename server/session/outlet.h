// Where a session's events go: a connection in life, a recording one in tests.
#pragma once

#include <array>
#include <string>

#include "server/core/errors.h"
#include "server/core/message.h"
#include "server/core/signal.h"

namespace mpim {

// An entry on its way to many sessions of one worker. Each wire format encodes it at most once and
// leaves the bytes here. `group_name` and the like are not in it: clients ask.
// Threads  one worker.
struct LiveEntry {
  static constexpr size_t kFormats = 3;  // those of a codec: line, WebSocket, WebSocket packed

  explicit LiveEntry(EntryPtr of, bool to_many = false) : entry(std::move(of)), many(to_many) {}
  EntryPtr entry;
  const bool many;  // worth keeping the bytes for the next session
  std::array<std::shared_ptr<const std::string>, kFormats> encoded;
};

// What a session says outside the log.
struct Notice {
  enum class Kind : uint8_t {
    kGap,      // entries (from, to] will not be pushed by themselves: see history
    kPending,  // sync=manual: `count` entries wait for PULL
    kClosing,  // the connection ends, and why
  };
  Kind kind = Kind::kClosing;
  ConversationId conversation{};
  Seq from{};
  Seq to{};
  uint64_t count = 0;
  Code code = Code::kInternal;
  std::string text{};
  uint32_t window_ms = 0;  // kClosing: come back after a random part of it
};

// Threads  the session's own loop.
class Outlet {
 public:
  virtual ~Outlet() = default;

  // Queues an entry. Answers how many bytes have ever been queued on this outlet, this one
  // included: Session::on_bytes_left and on_bytes_received count on the same scale.
  virtual uint64_t push(LiveEntry& live, bool to_sender) = 0;
  virtual void notice(const Notice& notice) = 0;
  // Dropped while the outlet is congested: signals are hints, and whoever needs them asks.
  virtual void signal(const Signal& signal) = 0;
  // The output buffer is above its high-water mark: push nothing until Session::on_writable.
  virtual bool congested() const = 0;
  // Tells the device why, sends what is queued, and closes. The session is destroyed later, from
  // the loop, never inside this call.
  virtual void close(const Error& why) = 0;
};

}  // namespace mpim
