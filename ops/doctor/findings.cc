#include "ops/doctor/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace mpim::ops {
namespace {

constexpr uint64_t kMiB = 1'048'576;
constexpr uint64_t kBytesFreeMin = 64 * kMiB;  // below it a node calls itself unhealthy
constexpr uint64_t kBytesFreeLow = 1'024 * kMiB;
constexpr uint64_t kOwnFiles = 256;  // of a node, beside its clients' connections
constexpr uint32_t kForOthers = 0077;

// OWASP Password Storage Cheat Sheet, Argon2id: any of these is enough, one lane each.
struct Argon2Cost {
  uint32_t memory_kib;
  uint32_t passes;
};
constexpr auto kEnough =
    std::to_array<Argon2Cost>({{47'104, 1}, {19'456, 2}, {12'288, 3}, {9'216, 4}, {7'168, 5}});

Finding ok(std::string evidence) { return {"", Verdict::kOk, std::move(evidence), ""}; }
Finding warn(std::string evidence, std::string remedy) {
  return {"", Verdict::kWarn, std::move(evidence), std::move(remedy)};
}
Finding fail(std::string evidence, std::string remedy) {
  return {"", Verdict::kFail, std::move(evidence), std::move(remedy)};
}

Finding argon2(const Patient& patient) {
  const Settings::Auth& auth = patient.settings.auth;
  std::string cost =
      fmt::format("{} KiB of memory and {} pass{} for a password's hash", auth.argon2_memory_kib,
                  auth.argon2_passes, auth.argon2_passes == 1 ? "" : "es");
  const bool enough = std::ranges::any_of(kEnough, [&](const Argon2Cost& least) {
    return auth.argon2_memory_kib >= least.memory_kib && auth.argon2_passes >= least.passes;
  });
  if (enough) return ok(std::move(cost));
  return fail(cost + ": less than OWASP asks, a stolen database is soon guessed",
              "auth.argon2_memory_kib = 19456 and auth.argon2_passes = 2 are the least; "
              "benchmarks alone may have less");
}

Finding clock(const Patient& patient) {
  if (!patient.clock_synchronised) return ok("the system does not say how true its clock is");
  if (*patient.clock_synchronised) return ok("synchronised");
  return warn("the system's clock follows no other",
              "run a time service (chrony, systemd-timesyncd): messages carry this clock's time");
}

Finding config(const Patient& patient) {
  if (patient.settings_file.empty()) return ok("no settings file: defaults");
  return ok(patient.settings_file + " is valid");
}

Finding data(const Patient& patient) {
  if (!patient.data) return ok("no directory yet: mpimd makes it");
  const Patient::Directory& data = *patient.data;
  constexpr auto kNetwork = std::to_array<std::string_view>({"nfs", "smb", "cifs", "9p", "fuse"});
  constexpr auto kMemory = std::to_array<std::string_view>({"tmpfs", "ramfs"});
  if (std::ranges::find(kNetwork, data.file_system) != kNetwork.end())
    return fail(data.path + " is on " + data.file_system,
                "keep it on a disk of this machine: SQLite's log needs memory that its processes "
                "share, and locks that hold");
  if (std::ranges::find(kMemory, data.file_system) != kMemory.end())
    return warn(data.path + " is in memory (" + data.file_system + ")",
                "keep it on a disk: this one is empty after a restart of the machine");
  if ((data.mode & kForOthers) != 0)
    return warn(fmt::format("{} has mode {:03o}: others can look into it", data.path, data.mode),
                "chmod 700 " + data.path);
  return ok(data.path + (data.file_system.empty() ? "" : " on " + data.file_system));
}

Finding disk(const Patient& patient) {
  if (!patient.data) return ok("nothing is stored yet");
  const uint64_t free = patient.data->bytes_free;
  std::string seen = fmt::format("{} MiB free for {}", free / kMiB, patient.data->path);
  if (free >= kBytesFreeLow) return ok(std::move(seen));
  constexpr std::string_view kRemedy = "free space: when it is full, sends are refused";
  if (free >= kBytesFreeMin) return warn(std::move(seen), std::string(kRemedy));
  return fail(std::move(seen), std::string(kRemedy));
}

Finding files(const Patient& patient) {
  const uint64_t needed = patient.settings.server.connections_max + kOwnFiles;
  std::string seen = fmt::format("a process may open {} files", patient.files_max);
  if (patient.files_max >= needed) return ok(std::move(seen));
  return warn(fmt::format("{}; server.connections_max = {} needs {}", seen,
                          patient.settings.server.connections_max, needed),
              fmt::format("ulimit -n {0}, or LimitNOFILE={0} in the unit's file", needed));
}

Finding node(const Patient& patient) {
  if (!patient.node) return warn(patient.why_no_node, "`mpimctl dev up` starts a local node");
  const Patient::Node& node = *patient.node;
  if (node.api_version != patient.own_api_version)
    return fail(fmt::format("the node speaks API {}, this mpimctl {}", node.api_version,
                            patient.own_api_version),
                "use the mpimctl that came with the node");
  if (node.version != patient.own_version)
    return warn(
        fmt::format("the node is mpimd {}, this is mpimctl {}", node.version, patient.own_version),
        "use the mpimctl that came with the node");
  if (node.draining) return warn("the node is going down", "wait, and start it again");
  return ok(fmt::format("mpimd {} answers at {}", node.version, node.address));
}

// Every key of ours has a time to live, so that volatile-* drops them, too.
std::string evicting(const RedisSeen& seen) {
  if (seen.bytes_max == 0 || seen.policy == "noeviction" || seen.policy.empty()) return "";
  return fmt::format("maxmemory-policy {} drops leases and routes when {} MiB are full",
                     seen.policy, seen.bytes_max / kMiB);
}

Finding redis(const Patient& patient) {
  constexpr double kSlowMs = 20;
  constexpr int kOldest = 5;
  if (patient.settings.redis.url.empty()) return ok("redis.url is empty: this node is alone");
  if (!patient.redis) return fail(patient.why_no_redis, "start it, or mend redis.url");
  const RedisSeen& seen = *patient.redis;
  const std::string where = fmt::format("Redis {} at {}", seen.version, seen.address);
  if (seen.replica)
    return fail(where + " is a replica, which takes no writes", "redis.url must name the master");
  if (!seen.refused.empty())
    return fail(fmt::format("{}", fmt::join(seen.refused, "; ")),
                "docs/cluster.md has the commands, keys and channels that its ACL must allow");
  if (!seen.version.empty() && std::atoi(seen.version.c_str()) < kOldest)
    return fail(where + " is too old", "it must be Redis 5 or newer, and 7 for a queue");
  if (std::string drops = evicting(seen); !drops.empty())
    return warn(std::move(drops), "CONFIG SET maxmemory-policy noeviction");
  std::string trip = fmt::format("{}, a round trip takes {:.2f} ms", where, seen.round_trip_ms);
  if (seen.round_trip_ms > kSlowMs)
    return warn(std::move(trip), "bring it nearer, or look what else it does (SLOWLOG GET)");
  if (seen.keeps && patient.settings.message.accept != "queued")
    trip += "; its append-only file is of no use to mpim";
  return ok(std::move(trip));
}

Finding registry(const Patient& patient) {
  if (!patient.zookeeper)
    return ok(patient.settings.redis.url.empty() ? "this node is alone"
                                                 : "the leases are in Redis");
  const ZookeeperSeen& seen = *patient.zookeeper;
  const size_t live = seen.servers - seen.missing.size();
  std::string told =
      fmt::format("ZooKeeper{}{}: {} of {} servers answer at {}", seen.version.empty() ? "" : " ",
                  seen.version, live, seen.servers, seen.hosts);
  if (seen.missing.empty()) return ok(std::move(told));
  told += fmt::format(" ({})", fmt::join(seen.missing, "; "));
  if (2 * live > seen.servers) return warn(std::move(told), "start those that do not answer");
  return fail(std::move(told), "more than half of them must run: start them, or mend registry.url");
}

Finding schema(const Patient& patient) {
  if (!patient.schema && patient.why_no_schema.empty())
    return ok("no database yet: mpimd makes it");
  if (!patient.schema)
    return warn(patient.why_no_schema, "look again when the node answers, or is stopped");
  const auto& [version, newest] = *patient.schema;
  if (version == newest) return ok(fmt::format("version {}", version));
  if (version > newest)
    return fail(fmt::format("version {}, and this program knows {}", version, newest),
                "use the release that wrote it, or a newer one");
  return fail(fmt::format("version {} of {}", version, newest),
              "stop the node and run `mpimctl db migrate`");
}

Finding tls(const Patient& patient) {
  constexpr int64_t kDay = 86'400'000;
  constexpr int64_t kSoon = 14;
  if (!patient.certificate && patient.why_no_certificate.empty())
    return ok("no listener of the settings speaks TLS");
  const char* const remedy = "put a valid one there: mpimd takes it without a restart";
  if (!patient.certificate) return fail(patient.why_no_certificate, "see tls.certificate");
  const CertificateSeen& seen = *patient.certificate;
  const int64_t days = (seen.expires_at.ms - patient.now.ms) / kDay;
  if (seen.expires_at <= patient.now)
    return fail(fmt::format("the certificate of {} has expired", seen.subject), remedy);
  if (patient.now < seen.begins_at)
    return fail(fmt::format("the certificate of {} is not valid yet", seen.subject), remedy);
  if (!patient.key_trouble.empty())
    return fail(patient.key_trouble,
                "put the certificate's own key at tls.key, readable for the user mpimd runs as");
  if (patient.node_certificate.find(kNewerRefused) != std::string::npos)
    return fail("the node serves an older certificate: " + patient.node_certificate,
                "mend what it refuses: it looks again by itself");
  std::string left = fmt::format("the certificate of {} expires in {} day{}", seen.subject, days,
                                 days == 1 ? "" : "s");
  return days < kSoon ? warn(std::move(left), remedy) : ok(std::move(left));
}

struct Check {
  std::string_view id;
  Finding (*look)(const Patient&);
};
constexpr std::array<Check, 11> kChecks{{
    {"argon2", argon2},
    {"clock", clock},
    {"config", config},
    {"data", data},
    {"disk", disk},
    {"files", files},
    {"node", node},
    {"redis", redis},
    {"registry", registry},
    {"schema", schema},
    {"tls", tls},
}};
static_assert(std::ranges::is_sorted(kChecks, {}, &Check::id));

}  // namespace

std::string_view name_of(Verdict verdict) {
  constexpr std::string_view kNames[] = {"ok", "warn", "fail"};
  return kNames[static_cast<size_t>(verdict)];
}

std::vector<Finding> examine(const Patient& patient) {
  std::vector<Finding> findings;
  for (const Check& check : kChecks) {
    findings.push_back(check.look(patient));
    findings.back().id = check.id;
  }
  return findings;
}

}  // namespace mpim::ops
