#include "tests/sim/sim_node.h"

#include <utility>

namespace mpim::sim {

// As Worker::deliver does it.
void SimWorker::deliver(std::span<const EnvelopePtr> envelopes) {
  std::vector<EnvelopePtr> concerned;
  for (const EnvelopePtr& envelope : envelopes)
    if (directory.concerns(*envelope)) concerned.push_back(envelope);
  if (concerned.empty()) return;
  thread.post([this, concerned = std::move(concerned)] { hub.receive(concerned); });
}

SimNode::SimNode(const SimShared& shared, NodeId id, uint64_t epoch, size_t workers)
    : redis_(shared.redis),
      id_(std::move(id)),
      epoch_(epoch),
      control_(shared.world.new_thread()),
      storage_(shared.world, shared.store, shared.faults.store, reach_),
      link_(shared.world, redis_, shared.faults, reach_, control_),
      directory_(shared.world, link_, control_, id_, epoch,
                 Millis(shared.world.between(100, 20'000))),
      bus_(shared.world, shared.faults, link_, control_, id_, epoch,
           [this](const NodeId& deaf) { directory_.forget(deaf); }) {
  bus_.subscribe(id_, [this](std::span<const EnvelopePtr> envelopes) { wake(envelopes); });
  // Session ids of a later node must not be those of an earlier one: replies may still be under
  // way.
  const uint64_t first = 1 + shared.world.steps() * 1'000;
  for (size_t i = 0; i < workers; ++i)
    workers_.push_back(std::make_unique<SimWorker>(shared.world.new_thread(), storage_, directory_,
                                                   bus_, shared.limits, first + i, workers));
  sweep_.emplace(
      control_, storage_, [] { return Millis(2'000); },
      [this](const std::vector<EnvelopePtr>& news) { wake(news); });
  sweep_->start();
  directory_.start([this] { bus_.listen(); });
}

template <class Act>
void SimNode::each_thread(Act act) {
  act(control_);
  act(storage_.thread());
  for (const auto& worker : workers_) act(worker->thread);
}

void SimNode::crash() {
  dead_ = true;
  redis_.unsubscribe(id_, epoch_);
  each_thread([](VirtualThread& thread) { thread.kill(); });
}

void SimNode::end_sessions() {
  link_.linger();
  for (const auto& worker : workers_) {
    worker->thread.post([hub = &worker->hub] {
      for (const Session* session : hub->sessions())
        hub->find(session->id())->end(Error{Code::kDraining, "this node goes down"});
    });
  }
}

void SimNode::stall(Instant until) {
  each_thread([until](VirtualThread& thread) { thread.stall(until); });
}

void SimNode::slow_down(Millis most) {
  each_thread([most](VirtualThread& thread) { thread.slow_down(most); });
}

void SimNode::skew_clock(Millis ahead) {
  each_thread([ahead](VirtualThread& thread) { thread.skew_clock(ahead); });
}

size_t SimNode::sessions() const {
  size_t count = 0;
  for (const auto& worker : workers_) count += worker->hub.size();
  return count;
}

void SimNode::wake(std::span<const EnvelopePtr> news) {
  for (const auto& worker : workers_) worker->deliver(news);
}

}  // namespace mpim::sim
