#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timex.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/db/database.h"
#include "ops/doctor/commands.h"
#include "ops/doctor/findings.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples =
    std::to_array<std::string_view>({"doctor", "doctor -o json", "doctor --config mpimd.toml"});
constexpr auto kColumns = std::to_array<Column>({
    {"CHECK", "id"},
    {"VERDICT", "verdict"},
    {"EVIDENCE", "evidence"},
    {"REMEDY", "remedy"},
});

// Numbers of statfs(2) that SQLite, or a machine's next start, makes a difference for.
std::string file_system_name(const std::string& path) {
  struct Known {
    uint64_t magic;
    std::string_view name;
  };
  constexpr auto kKnown = std::to_array<Known>({{0xEF53, "ext4"},
                                                {0x58465342, "xfs"},
                                                {0x9123683E, "btrfs"},
                                                {0x794C7630, "overlay"},
                                                {0x2FC12FC1, "zfs"},
                                                {0x01021994, "tmpfs"},
                                                {0x858458F6, "ramfs"},
                                                {0x6969, "nfs"},
                                                {0x517B, "smb"},
                                                {0xFE534D42, "smb"},
                                                {0xFF534D42, "cifs"},
                                                {0x01021997, "9p"},
                                                {0x65735546, "fuse"}});
  struct statfs about {};
  if (::statfs(path.c_str(), &about) != 0) return "";
  for (const Known& known : kKnown)
    if (static_cast<uint32_t>(about.f_type) == known.magic) return std::string(known.name);
  return "";
}

std::optional<Patient::Directory> data_seen(const std::string& dir) {
  struct stat about {};
  if (::stat(dir.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return std::nullopt;
  std::error_code failed;
  const auto space = std::filesystem::space(dir, failed);
  return Patient::Directory{dir, about.st_mode & 0777U, file_system_name(dir),
                            failed ? 0 : space.available};
}

// The hard limit: mpimd raises its own to that.
uint64_t files_max() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0;
}

std::optional<bool> clock_synchronised() {
  timex asked{};
  const int state = ::adjtimex(&asked);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR && (asked.status & STA_UNSYNC) == 0;
}

// Of a database whose node does not answer.
void look_at_database(Call& call, Patient& patient) {
  const auto found = schema_of_stopped(call);
  if (found.ok()) {
    patient.schema = {found->version, found->newest};
  } else if (found.error().code != Code::kNotFound) {
    patient.why_no_schema = found.error().message;
  }
}

void look_at_certificate(const Settings& settings, Patient& patient) {
  if (!settings.line.tls && !settings.ws.tls && !settings.http.tls) return;
  Result<CertificateSeen> seen = certificate_seen(settings.tls.certificate);
  if (!seen.ok()) {
    patient.why_no_certificate = "tls.certificate = " + seen.error().message;
    return;
  }
  patient.certificate = *std::move(seen);
  const auto fits = check_key(settings.tls.certificate, settings.tls.key);
  if (!fits.ok()) patient.key_trouble = "tls.key = " + fits.error().message;
}

void look_at_cluster(const Settings& settings, Patient& patient) {
  if (!settings.registry.url.empty()) patient.zookeeper = zookeeper_seen(settings.registry.url);
  if (settings.redis.url.empty()) return;
  const Result<RedisAddress> address = redis_address(settings.redis.url);
  RedisOptions options;
  if (address.ok()) options.address = *address;
  options.connect_timeout = Millis(settings.redis.connect_timeout_ms);
  options.answer_timeout = Millis(settings.redis.answer_timeout_ms);
  Result<RedisSeen> seen = address.ok() ? redis_seen(options) : address.error();
  if (!seen.ok()) patient.why_no_redis = seen.error().message;
  if (seen.ok()) patient.redis = *std::move(seen);
}

// What GET /readyz says of the certificate; empty: nothing.
std::string certificate_of_node(Call& call) {
  const auto client = call.admin();
  if (!client.ok()) return "";
  const auto told = (*client)->get("/readyz");
  if (!told.ok()) return "";
  const auto ready = nlohmann::json::parse(*told, nullptr, false);
  if (!ready.is_object()) return "";
  for (const auto& check : ready.value("checks", nlohmann::json::array()))
    if (check.value("name", "") == "certificate") return check.value("detail", "");
  return "";
}

Patient look_at(Call& call, Settings settings) {
  Patient patient;
  patient.now.ms =
      std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  look_at_certificate(settings, patient);
  look_at_cluster(settings, patient);
  patient.settings_file = call.settings_file();
  patient.files_max = files_max();
  patient.clock_synchronised = clock_synchronised();
  patient.own_version = MPIM_VERSION;
  patient.own_api_version = kApiVersion;
  std::string dir = data_dir(settings);
  const auto node = call.ask<v1::GetServerResponse>("GetServer", v1::GetServerRequest());
  if (node.ok()) {
    patient.node = {node->version(), node->api_version(), admin_socket(settings),
                    node->state() != "ready"};
    patient.node_certificate = certificate_of_node(call);
    patient.schema = {node->schema_version(), newest_schema()};
    dir = node->data_dir();
  } else {
    patient.why_no_node = node.error().message;
    look_at_database(call, patient);
  }
  patient.data = data_seen(dir);
  patient.settings = std::move(settings);
  return patient;
}

Value item_of(const Finding& finding) {
  return Value::object({{"id", Value::text(finding.id)},
                        {"verdict", Value::text(name_of(finding.verdict))},
                        {"evidence", Value::text(finding.evidence)},
                        {"remedy", Value::text(finding.remedy)}});
}

Result<int> diagnose(Call& call) {
  if (const std::string url = call.server_url(); !url.empty())
    return call.failing({Code::kBadRequest, "doctor looks at the machine it runs on, and not at " +
                                                url + " (--server or MPIM_ADMIN_URL)"},
                        "run `mpimctl doctor` on the node's own machine, without --server");
  const Result<Settings> settings = call.settings();
  std::vector<Finding> findings;
  if (settings.ok()) {
    findings = examine(look_at(call, *settings));
  } else {
    findings.push_back({"config", Verdict::kFail, settings.error().message,
                        "mend it: nothing else was looked at"});
  }
  bool sound = true;
  Value::List items;
  for (const Finding& finding : findings) {
    sound = sound && finding.verdict != Verdict::kFail;
    items.push_back(item_of(finding));
  }
  call.show_list(std::move(items), kColumns);
  return sound ? kDone : kFailed;
}

}  // namespace

const CommandForm kDoctorForm{
    .detail =
        "Run it on the node's machine, as the user it runs as; it takes no --server. It changes "
        "nothing; of Redis it asks all that a node asks, on keys that no node has. Exit code 1 "
        "when a check fails; a warning alone is no failure.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "DiagnosisList",
    .run = diagnose,
};

}  // namespace mpim::ops
