#include "server/service/login_guard.h"

#include <arpa/inet.h>

namespace mpim {
namespace {

// A provider gives each of its customers a whole /64 of IPv6 (RFC 6177): they count as one.
std::string network_of(const std::string& address) {
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
  return {reinterpret_cast<const char*>(parsed.s6_addr), sizeof parsed.s6_addr / 2};
}

// One table for all kinds; the prefix keeps a name that looks like an address apart from it.
std::string of_name(const std::string& name_key) { return "n" + name_key; }
std::string of_address(const std::string& address) { return "a" + network_of(address); }
std::string of_registrations(const std::string& address) { return "r" + network_of(address); }

constexpr Millis kMinute{60'000};

}  // namespace

void LoginGuard::follow(const LoginGuardOptions& options) {
  const std::lock_guard lock(mutex_);
  options_ = options;
}

Result<void> LoginGuard::may_try(const std::string& name_key, const std::string& address,
                                 Instant now) {
  const std::lock_guard lock(mutex_);
  MPIM_CHECKED(check(of_name(name_key), now));
  return check(of_address(address), now);
}

void LoginGuard::failed(const std::string& name_key, const std::string& address, Instant now) {
  const std::lock_guard lock(mutex_);
  const bool name = count(of_name(name_key), options_.attempts_max, now);
  const bool whole = count(of_address(address), options_.address_attempts_max, now);
  if (!name && !whole) return;
  warnings_.warn("login.locked_out", {{"name", name ? name_key : ""}, {"address", address}}, now);
}

Result<void> LoginGuard::may_register(const std::string& address, Instant now) {
  const std::lock_guard lock(mutex_);
  if (options_.registrations_per_minute == 0) return {};
  Tally& tally = tally_of(of_registrations(address), kMinute, now);
  if (tally.failures < options_.registrations_per_minute) return ++tally.failures, Result<void>();
  const auto retry_ms = static_cast<uint32_t>((tally.since + kMinute - now).count());
  return Error{Code::kRateLimited, "too many registrations from your address: wait", retry_ms};
}

void LoginGuard::succeeded(const std::string& name_key) {
  const std::lock_guard lock(mutex_);
  const auto found = tallies_.find(of_name(name_key));
  if (found == tallies_.end()) return;
  order_.erase(found->second.place);
  tallies_.erase(found);
}

Result<void> LoginGuard::check(const std::string& key, Instant now) const {
  const auto found = tallies_.find(key);
  if (found == tallies_.end() || found->second.locked_until <= now) return {};
  const auto retry_ms = static_cast<uint32_t>((found->second.locked_until - now).count());
  return Error{Code::kLockedOut, "too many failed log-ins: wait before trying again", retry_ms};
}

LoginGuard::Tally& LoginGuard::tally_of(const std::string& key, Millis window, Instant now) {
  auto found = tallies_.find(key);
  if (found == tallies_.end()) {
    if (tallies_.size() >= options_.entries_max) forget_oldest();
    found = tallies_.try_emplace(key).first;
    found->second.since = now;
    found->second.place = order_.insert(order_.end(), key);
  }
  Tally& tally = found->second;
  if (now - tally.since >= window) {
    tally.failures = 0;
    tally.since = now;
    order_.splice(order_.end(), order_, tally.place);
  }
  return tally;
}

// True: that was the last one, and the key is locked from now on.
bool LoginGuard::count(const std::string& key, uint32_t attempts_max, Instant now) {
  Tally& tally = tally_of(key, options_.window, now);
  if (++tally.failures < attempts_max) return false;
  tally.failures = 0;
  tally.locked_until = now + options_.lockout;
  return true;
}

void LoginGuard::forget_oldest() {
  tallies_.erase(order_.front());
  order_.pop_front();
}

}  // namespace mpim
