#include "server/node/leaving/last_call.h"

#include <utility>

namespace mpim {

LastCall::LastCall(Millis after, Task cut)
    : thread_([this, after, cut = std::move(cut)]() mutable {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, after, [this] { return over_; })) cut();
      }) {}

LastCall::~LastCall() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace mpim
