// The node's directory as one worker uses it: beside the routes it knows whom to wake this worker
// for.
#pragma once

#include <array>
#include <atomic>

#include "server/core/envelope.h"
#include "server/directory/directory.h"

namespace mpim {

// Threads  bind() and unbind() on the worker's loop; everything else from any.
// Order    bind() comes before a session's inbox is read. Whoever finds nobody here published
//          before that, so the inbox has what he published.
class WorkerDirectory final : public Directory {
 public:
  explicit WorkerDirectory(Directory& node) : node_(node) {}

  void bind(UserId user, Timestamp now) override;
  void unbind(UserId user) override;
  void when_bound(Executor& home, Task bound) override { node_.when_bound(home, std::move(bound)); }
  void nodes_of(const Audience& audience, Executor& home, NodesFound found) override {
    node_.nodes_of(audience, home, std::move(found));
  }
  void nodes_of(UserId user, Executor& home, NodesFound found) override {
    node_.nodes_of(user, home, std::move(found));
  }
  std::vector<Route> routes(UserId after, uint32_t count_max) const override {
    return node_.routes(after, count_max);
  }
  std::optional<Route> route(UserId user) const override { return node_.route(user); }

  // False: no session of this worker can be concerned. True may be wrong.
  bool concerns(const Envelope& envelope) const;

 private:
  // Users share a few thousand counters: two of them on one counter cost a needless wake.
  static constexpr size_t kCounters = 4'096;
  bool maybe_here(UserId user) const;
  bool maybe_here(const Audience& audience) const;

  Directory& node_;
  std::atomic<uint32_t> sessions_{0};
  std::array<std::atomic<uint32_t>, kCounters> counters_{};
};

}  // namespace mpim
