// The only way back across threads: a question is answered exactly once, on the loop that asked.
#pragma once

#include <utility>

#include "server/core/executor.h"
#include "server/core/result.h"

namespace mpim {

// Threads  may be moved to and answered on any thread; `receive` runs as a task of `home`.
// Errors   a Reply that dies unanswered answers kInternal; answering twice stops the process.
// Lifetime `home` must outlive the Reply. What `receive` captures must still exist when it runs:
//          capture ids and look them up, or a weak_ptr, never a raw pointer to a session.
template <class T>
class Reply {
 public:
  using Receive = UniqueFunction<void(Result<T>)>;

  Reply() = default;
  Reply(Executor& home, Receive receive) : home_(&home), receive_(std::move(receive)) {}
  Reply(Reply&& other) noexcept
      : home_(std::exchange(other.home_, nullptr)), receive_(std::move(other.receive_)) {}
  Reply& operator=(Reply&& other) noexcept {
    abandon();
    home_ = std::exchange(other.home_, nullptr);
    receive_ = std::move(other.receive_);
    return *this;
  }
  ~Reply() { abandon(); }

  void operator()(Result<T> answer) {
    MPIM_CHECK(home_ != nullptr, "a reply was answered twice");
    std::exchange(home_, nullptr)
        ->post([receive = std::move(receive_), answer = std::move(answer)]() mutable {
          receive(std::move(answer));
        });
  }
  bool waiting() const { return home_ != nullptr; }

 private:
  void abandon() {
    if (home_ != nullptr) (*this)(Error{Code::kInternal, "the server dropped this request"});
  }

  Executor* home_ = nullptr;
  Receive receive_;
};

}  // namespace mpim
