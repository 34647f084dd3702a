// What can fail returns Result<T>: a value, or an Error of the one registry.
#pragma once

#include <utility>
#include <variant>

#include "server/core/check.h"
#include "server/core/errors.h"

namespace mpim {

// Holds a T or an Error. Reading the wrong one stops the process: ask ok() first, or use MPIM_TRY.
template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    MPIM_CHECK(ok(), "the value of a failed result was read");
    return *std::get_if<0>(&held_);
  }
  const T& value() const& {
    MPIM_CHECK(ok(), "the value of a failed result was read");
    return *std::get_if<0>(&held_);
  }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const {
    MPIM_CHECK(!ok(), "the error of a good result was read");
    return *std::get_if<1>(&held_);
  }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {}
  const Error& error() const {
    MPIM_CHECK(!ok(), "the error of a good result was read");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace mpim

#define MPIM_JOIN_INNER(a, b) a##b
#define MPIM_JOIN(a, b) MPIM_JOIN_INNER(a, b)
// MPIM_TRY(const User user, find(name)): declares `user`, or returns the error to our own caller.
#define MPIM_TRY(declaration, expression)                                            \
  auto MPIM_JOIN(tried_, __LINE__) = (expression);                                   \
  if (!MPIM_JOIN(tried_, __LINE__).ok()) return MPIM_JOIN(tried_, __LINE__).error(); \
  declaration = std::move(MPIM_JOIN(tried_, __LINE__)).value()
// MPIM_CHECKED(store()): the same where there is no value to keep.
#define MPIM_CHECKED(expression)                                      \
  do {                                                                \
    if (auto tried = (expression); !tried.ok()) return tried.error(); \
  } while (false)
