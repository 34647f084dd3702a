// Holds connections that have nothing to do, and notices those that end.
#pragma once

#include <optional>

#include "ops/bench/load/load_link.h"

namespace mpim::ops {

// Threads  the loop's.
class LinkWatch final : public LoadListener {
 public:
  uint64_t gone() const { return gone_; }
  uint64_t pongs() const { return pongs_; }
  const std::optional<Error>& first_loss() const { return first_loss_; }

  // LoadListener
  void on_reply(LoadLink&, const Asked& asked, const LoadReply& reply) override {
    if (asked.what == Asked::What::kPing && reply.ok != nullptr) ++pongs_;
  }
  void on_push(LoadLink&, const LoadPush&) override {}
  void on_gone(LoadLink&, const Error& why) override {
    ++gone_;
    if (!first_loss_) first_loss_ = why;
  }

 private:
  uint64_t gone_ = 0;
  uint64_t pongs_ = 0;
  std::optional<Error> first_loss_;
};

}  // namespace mpim::ops
