#include "tests/sim/sim_node.h"

namespace mpim::sim {

SimNode::SimNode(World& world, Store& store, const Faults& faults, const SessionLimits& limits,
                 size_t workers)
    : storage_(world, store, faults.store), bus_(world, faults) {
  bus_.subscribe(NodeId{"sim"}, [this](std::span<const EnvelopePtr> envelopes) {
    const std::vector<EnvelopePtr> news(envelopes.begin(), envelopes.end());
    wake(news);
  });
  // Session ids of a later node must not be those of an earlier one: replies may still be under
  // way.
  const uint64_t first = 1 + world.steps() * 1'000;
  for (size_t i = 0; i < workers; ++i)
    workers_.push_back(std::make_unique<SimWorker>(world.new_thread(), storage_, directory_, bus_,
                                                   limits, first + i, workers));
  sweep_.emplace(workers_.front()->thread, storage_, Millis(2'000),
                 [this](const std::vector<EnvelopePtr>& news) { wake(news); });
  sweep_->start();
}

void SimNode::crash() {
  dead_ = true;
  storage_.crash();
  for (const auto& worker : workers_) worker->thread.kill();
}

void SimNode::wake(const std::vector<EnvelopePtr>& news) {
  for (const auto& worker : workers_)
    worker->thread.post([news, hub = &worker->hub] { hub->receive(news); });
}

}  // namespace mpim::sim
