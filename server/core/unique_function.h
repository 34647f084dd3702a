// A callable that can only be moved, so that it may own what it needs (a Reply, a buffer).
//
// GCC 12 in C++20 mode has no std::move_only_function; this is the part of it we use.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace mpim {

template <class Signature>
class UniqueFunction;

// Holds a callable of up to kRoom bytes without allocating: one is made for every request.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  static constexpr size_t kRoom = 64;

  UniqueFunction() = default;
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction>) UniqueFunction(F&& callable) {
    using Held = std::decay_t<F>;
    if constexpr (kFits<Held>) {
      std::construct_at(reinterpret_cast<Held*>(room_), std::forward<F>(callable));
      actions_ = &kActions<InRoom<Held>>;
    } else {
      using Owner = std::unique_ptr<Held>;
      std::construct_at(reinterpret_cast<Owner*>(room_),
                        std::make_unique<Held>(std::forward<F>(callable)));
      actions_ = &kActions<Apart<Held>>;
    }
  }
  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  ~UniqueFunction() { reset(); }

  explicit operator bool() const { return actions_ != nullptr; }
  R operator()(Args... args) { return actions_->call(room_, std::forward<Args>(args)...); }

 private:
  template <class F>
  static constexpr bool kFits =
      sizeof(F) <= kRoom &&
      alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;
  struct Actions {
    R (*call)(std::byte* room, Args&&... args);
    void (*move)(std::byte* from, std::byte* to) noexcept;  // ends what was in `from`
    void (*end)(std::byte* room) noexcept;
  };
  // How a callable lies in the room: itself, or what owns it.
  template <class F>
  struct InRoom {
    using Kept = F;
    static F& callable(Kept& kept) { return kept; }
  };
  template <class F>
  struct Apart {
    using Kept = std::unique_ptr<F>;
    static F& callable(Kept& kept) { return *kept; }
  };
  template <class Way>
  static typename Way::Kept& kept(std::byte* room) {
    return *std::launder(reinterpret_cast<typename Way::Kept*>(room));
  }
  template <class Way>
  static constexpr Actions kActions{
      [](std::byte* room, Args&&... args) -> R {
        return Way::callable(kept<Way>(room))(std::forward<Args>(args)...);
      },
      [](std::byte* from, std::byte* to) noexcept {
        std::construct_at(reinterpret_cast<typename Way::Kept*>(to), std::move(kept<Way>(from)));
        std::destroy_at(&kept<Way>(from));
      },
      [](std::byte* room) noexcept { std::destroy_at(&kept<Way>(room)); }};

  void take(UniqueFunction& other) noexcept {
    if (other.actions_ == nullptr) return;
    other.actions_->move(other.room_, room_);
    actions_ = std::exchange(other.actions_, nullptr);
  }
  void reset() noexcept {
    if (actions_ != nullptr) std::exchange(actions_, nullptr)->end(room_);
  }

  const Actions* actions_ = nullptr;
  alignas(std::max_align_t) std::byte room_[kRoom];
};

using Task = UniqueFunction<void()>;

}  // namespace mpim
