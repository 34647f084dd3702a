#include "server/node/health.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "server/telemetry/metrics.h"
#include "server/telemetry/process_gauges.h"

namespace mpim {
namespace {

constexpr Millis kSilenceMax{5'000};
constexpr uintmax_t kDiskBytesMin = 64 * 1'024 * 1'024;
constexpr double kFilesFreeMin = 64;

struct Verdict {
  bool ok;
  std::string detail;
  bool degraded = false;
};

Verdict space_in(const std::string& dir) {
  std::error_code failed;
  const auto space = std::filesystem::space(dir, failed);
  if (failed) return {false, dir + ": " + failed.message()};
  return {space.available >= kDiskBytesMin,
          std::to_string(space.available / 1'048'576) + " MiB free in " + dir};
}

Verdict disk_space(const HealthSubjects& subjects) { return space_in(subjects.data_dir); }

Verdict uploads(const HealthSubjects& subjects) { return space_in(subjects.files_dir); }

Verdict file_descriptors(const HealthSubjects&) {
  const double open = open_files();
  const double most = open_files_max();
  return {most - open >= kFilesFreeMin, std::to_string(static_cast<int64_t>(open)) + " of " +
                                            std::to_string(static_cast<int64_t>(most)) +
                                            " are open"};
}

// A log that drops lines still is no reason to take the node out: it is told, not judged.
Verdict log_lines(const HealthSubjects&) {
  return {true, std::to_string(counted(Counter::kLogDropped)) + " dropped"};
}

Verdict loops(const HealthSubjects& subjects) {
  Millis longest{0};
  for (const auto& worker : subjects.workers) longest = std::max(longest, worker->silence());
  return {longest < kSilenceMax,
          "the slowest turned " + std::to_string(longest.count()) + " ms ago"};
}

Verdict store(const HealthSubjects& subjects) {
  if (!subjects.storage.healthy()) return {false, subjects.storage.last_error()};
  const std::string doubt = subjects.storage.doubt();
  if (doubt.empty()) return {true, "writable"};
  return {true, "degraded: it answers, and what was last sent could not be stored: " + doubt, true};
}

struct Check {
  std::string_view name;
  Verdict (*look)(const HealthSubjects&);
};
constexpr std::array<Check, 6> kChecks{{
    {"disk", disk_space},
    {"files", file_descriptors},
    {"log", log_lines},
    {"loops", loops},
    {"store", store},
    {"uploads", uploads},
}};
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::name));

}  // namespace

std::vector<HealthCheck> check_health(const HealthSubjects& subjects) {
  std::vector<HealthCheck> seen;
  for (const Check& check : kChecks) {
    Verdict verdict = check.look(subjects);
    seen.push_back({.name = std::string(check.name),
                    .ok = verdict.ok,
                    .detail = std::move(verdict.detail),
                    .degraded = verdict.degraded});
  }
  for (HealthCheck& each : subjects.cluster.checks()) seen.push_back(std::move(each));
  seen.push_back(subjects.settings.check());
  if (subjects.certificate.used()) seen.push_back(subjects.certificate.check());
  return seen;
}

std::vector<HealthCheck> check_readiness(const HealthSubjects& subjects) {
  std::vector<HealthCheck> seen = check_health(subjects);
  const bool draining = subjects.live.draining();
  seen.push_back({"clients", !draining, draining ? "the node is going down" : "welcome"});
  return seen;
}

}  // namespace mpim
