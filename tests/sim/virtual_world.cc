#include "tests/sim/virtual_world.h"

#include <algorithm>

namespace mpim::sim {

void VirtualThread::post(Task task) {
  if (killed_) return;
  // Between two threads anything may overtake; on one, nothing does.
  const Millis usual(world_.chance(80) ? 0 : world_.between(1, 3));
  last_post_ = std::max(last_post_, world_.now() + usual + slowness());
  world_.at(last_post_, this, std::move(task));
}

TimerId VirtualThread::after(Millis delay, Task task) {
  if (killed_) return {};
  return TimerId{world_.at(world_.now() + delay + slowness(), this, std::move(task))};
}

Millis VirtualThread::slowness() const {
  return Millis(slowness_.count() == 0 ? 0 : world_.between(0, slowness_.count()));
}

void VirtualThread::cancel(TimerId timer) {
  if (timer) world_.cancel(timer.value);
}

Timestamp VirtualThread::MachineClock::wall() const { return world.wall() + ahead; }
Instant VirtualThread::MachineClock::steady() const { return world.steady(); }

VirtualThread& World::new_thread() {
  threads_.push_back(std::make_unique<VirtualThread>(*this));
  return *threads_.back();
}

uint64_t World::at(Instant when, VirtualThread* on, Task task) {
  const uint64_t id = next_++;
  due_.emplace(std::pair{std::max(when, now_).ms, id}, Due{on, std::move(task)});
  return id;
}

// One by one: what a dropped task owned may still say something to a thread.
void World::end() {
  for (const auto& thread : threads_) thread->kill();
  while (!due_.empty()) (void)due_.extract(due_.begin());
}

bool World::run_until(Instant end, uint64_t steps_max) {
  while (!due_.empty() && due_.begin()->first.first <= end.ms) {
    auto first = due_.extract(due_.begin());
    now_ = Instant{first.key().first};
    if (cancelled_.erase(first.key().second) > 0) continue;
    Due& due = first.mapped();
    if (due.on != nullptr && due.on->killed()) continue;
    if (due.on != nullptr && due.on->stalled_until() > now_) {
      first.key().first = due.on->stalled_until().ms;
      due_.insert(std::move(first));
      continue;
    }
    if (++steps_ > steps_max) return false;
    constexpr uint64_t kFnvPrime = 1'099'511'628'211U;
    trace_ = (trace_ ^ static_cast<uint64_t>(now_.ms)) * kFnvPrime;
    trace_ = (trace_ ^ first.key().second) * kFnvPrime;
    due.task();
  }
  now_ = std::max(now_, end);
  return true;
}

}  // namespace mpim::sim
