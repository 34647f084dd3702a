// A callable that can only be moved, so that it may own what it needs (a Reply, a buffer).
//
// GCC 12 in C++20 mode has no std::move_only_function; this is the part of it we use.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace mpim {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction>) UniqueFunction(F&& callable)
      : held_(std::make_unique<Holder<std::decay_t<F>>>(std::forward<F>(callable))) {}

  explicit operator bool() const { return held_ != nullptr; }
  R operator()(Args... args) { return held_->call(std::forward<Args>(args)...); }

 private:
  struct Callable {
    virtual ~Callable() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Holder final : Callable {
    template <class G>
    explicit Holder(G&& given) : callable(std::forward<G>(given)) {}
    R call(Args... args) override { return callable(std::forward<Args>(args)...); }
    F callable;
  };
  std::unique_ptr<Callable> held_;
};

using Task = UniqueFunction<void()>;

}  // namespace mpim
