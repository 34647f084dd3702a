// The names of an enumeration's values, by their numbers.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mpim {

// "unknown" for a number that has none: it may come from a row that no program of ours wrote.
template <class Enum, size_t N>
constexpr std::string_view name_in(const std::array<std::string_view, N>& names, Enum value) {
  const auto number = static_cast<size_t>(value);
  return number < N ? names[number] : "unknown";
}

}  // namespace mpim
