// How many connections the node may hold, counted over all its workers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "server/gateway/door.h"
#include "server/loop/unique_fd.h"

namespace mpim {

struct ArrivalOptions;

// Threads  any. Must outlive its slots.
class Admission {
 public:
  // One connection's place; given back when it dies.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(of_, other.of_);
      return *this;
    }
    ~Slot() {
      if (of_ != nullptr) --of_->open_;
    }
    explicit operator bool() const { return of_ != nullptr; }

   private:
    friend class Admission;
    explicit Slot(Admission* of) : of_(of) {}
    Admission* of_ = nullptr;
  };

  explicit Admission(uint32_t connections_max) : connections_max_(connections_max) {}
  // Who is in stays, however many there are.
  void follow(uint32_t connections_max) { connections_max_ = connections_max; }

  // An empty slot when the node is full.
  Slot enter() {
    if (++open_ <= connections_max_) return Slot(this);
    --open_;
    return {};
  }
  uint32_t open() const { return open_; }
  uint32_t connections_max() const { return connections_max_; }

 private:
  std::atomic<uint32_t> connections_max_;
  std::atomic<uint32_t> open_{0};
};

// A socket on its way from the listener to a worker.
struct Accepted {
  Door door = Door::kLine;
  UniqueFd socket;
  std::string peer;  // "127.0.0.1:43211"
  Admission::Slot slot;
  std::shared_ptr<const ArrivalOptions> how = {};  // what comes before its protocol; none: nothing
};

}  // namespace mpim
