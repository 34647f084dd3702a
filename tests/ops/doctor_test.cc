// What `mpimctl doctor` makes of what it sees, and that it sees it.
#include "ops/doctor/findings.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"
#include "tests/support/redis_process.h"

using namespace mpim;
using namespace mpim::testing;
using ops::Finding;
using ops::Patient;
using ops::Verdict;

namespace {

constexpr uint64_t kMiB = 1'048'576;
constexpr int64_t kDay = 86'400'000;

Patient sound() {
  Patient patient;
  patient.settings_file = "/etc/mpim/mpimd.toml";
  patient.data = {"/var/lib/mpim", 0700, "ext4", 2'000 * kMiB};
  patient.node = {"1.0", "v1", "/run/mpim/admin.sock", false};
  patient.schema = {3, 3};
  patient.files_max = 100'000;
  patient.clock_synchronised = true;
  patient.now = {1'000 * kDay};
  patient.certificate = {"CN=chat.example", {999 * kDay}, {1'014 * kDay}};
  patient.node_certificate = "14.0 days left";
  patient.settings.redis.url = "redis://10.0.0.3";
  patient.settings.registry.url = "zookeeper://a:2181,b:2181,c:2181/mpim";
  patient.redis = {"redis://10.0.0.3:6379", "7.0.15", 0.3, false, "noeviction", 0, false, {}};
  patient.zookeeper = {"a:2181,b:2181,c:2181", 3, "3.8.0", {}};
  patient.own_version = "1.0";
  patient.own_api_version = "v1";
  return patient;
}

Finding found(const Patient& patient, std::string_view id) {
  for (Finding& each : ops::examine(patient))
    if (each.id == id) return each;
  FAIL("no check " << id);
  return {};
}

// Every other check must still find nothing.
Finding only_found(const Patient& patient, std::string_view id) {
  for (const Finding& each : ops::examine(patient)) {
    INFO(each.id << ": " << each.evidence);
    if (each.id != id) CHECK(each.verdict == Verdict::kOk);
  }
  return found(patient, id);
}

nlohmann::json finding_in(const nlohmann::json& findings, const std::string& id) {
  for (const auto& each : findings)
    if (each.at("id") == id) return each;
  FAIL("no finding " << id);
  return {};
}

nlohmann::json findings_of(const Finished& run) {
  return nlohmann::json::parse(run.out).at("items");
}

}  // namespace

TEST_CASE("the doctor has no complaint about a sound node", "[ops][X6]") {
  for (const Finding& each : ops::examine(sound())) {
    INFO(each.id);
    CHECK(each.verdict == Verdict::kOk);
    CHECK_FALSE(each.evidence.empty());
    CHECK(each.remedy.empty());
  }
}

TEST_CASE("the doctor complains of hashes cheaper than OWASP asks, and of no others", "[ops][X6]") {
  Patient patient = sound();
  const auto verdict = [&](uint32_t memory_kib, uint32_t passes) {
    patient.settings.auth.argon2_memory_kib = memory_kib;
    patient.settings.auth.argon2_passes = passes;
    return only_found(patient, "argon2").verdict;
  };
  CHECK(verdict(47'104, 1) == Verdict::kOk);
  CHECK(verdict(47'103, 1) == Verdict::kFail);
  CHECK(verdict(19'456, 2) == Verdict::kOk);
  CHECK(verdict(19'455, 2) == Verdict::kFail);
  CHECK(verdict(12'288, 3) == Verdict::kOk);
  CHECK(verdict(12'287, 3) == Verdict::kFail);
  CHECK(verdict(9'216, 4) == Verdict::kOk);
  CHECK(verdict(9'215, 4) == Verdict::kFail);
  CHECK(verdict(7'168, 5) == Verdict::kOk);
  CHECK(verdict(7'167, 64) == Verdict::kFail);
}

TEST_CASE("each planted fault is found where it is, with a remedy", "[ops][X6]") {
  struct Planted {
    std::string_view id;
    Verdict verdict;
    std::string_view remedy;
    void (*plant)(Patient&);
  };
  const Planted planted[] = {
      {"clock", Verdict::kWarn, "chrony", [](Patient& p) { p.clock_synchronised = false; }},
      {"data", Verdict::kWarn, "chmod 700", [](Patient& p) { p.data->mode = 0710; }},
      {"data", Verdict::kWarn, "disk", [](Patient& p) { p.data->file_system = "tmpfs"; }},
      {"data", Verdict::kFail, "disk", [](Patient& p) { p.data->file_system = "nfs"; }},
      {"disk", Verdict::kWarn, "free space", [](Patient& p) { p.data->bytes_free = 1'023 * kMiB; }},
      {"disk", Verdict::kFail, "free space", [](Patient& p) { p.data->bytes_free = 63 * kMiB; }},
      {"files", Verdict::kWarn, "LimitNOFILE=20256", [](Patient& p) { p.files_max = 20'255; }},
      {"node", Verdict::kWarn, "dev up", [](Patient& p) { p.node.reset(); }},
      {"node", Verdict::kWarn, "mpimctl", [](Patient& p) { p.node->version = "0.9"; }},
      {"node", Verdict::kFail, "mpimctl", [](Patient& p) { p.node->api_version = "v2"; }},
      {"node", Verdict::kWarn, "start it", [](Patient& p) { p.node->draining = true; }},
      {"redis", Verdict::kFail, "start it",
       [](Patient& p) {
         p.redis.reset();
         p.why_no_redis = "Redis is away: Connection refused";
       }},
      {"redis", Verdict::kFail, "master", [](Patient& p) { p.redis->replica = true; }},
      {"redis", Verdict::kFail, "ACL", [](Patient& p) { p.redis->refused = {"no SET"}; }},
      {"redis", Verdict::kFail, "Redis 5", [](Patient& p) { p.redis->version = "4.0.9"; }},
      {"redis", Verdict::kWarn, "noeviction",
       [](Patient& p) {
         p.redis->policy = "volatile-lru";
         p.redis->bytes_max = kMiB;
       }},
      {"redis", Verdict::kWarn, "nearer", [](Patient& p) { p.redis->round_trip_ms = 20.1; }},
      {"registry", Verdict::kWarn, "start", [](Patient& p) { p.zookeeper->missing = {"c: no"}; }},
      {"registry", Verdict::kFail, "half",
       [](Patient& p) {
         p.zookeeper->missing = {"b: no", "c: no"};
       }},
      {"schema", Verdict::kFail, "db migrate", [](Patient& p) { p.schema->version = 2; }},
      {"schema", Verdict::kFail, "release", [](Patient& p) { p.schema->version = 4; }},
      {"schema", Verdict::kWarn, "stopped",
       [](Patient& p) {
         p.schema.reset();
         p.why_no_schema = "in use";
       }},
      {"tls", Verdict::kWarn, "valid one", [](Patient& p) { p.certificate->expires_at.ms -= 1; }},
      {"tls", Verdict::kFail, "valid one", [](Patient& p) { p.certificate->expires_at = p.now; }},
      {"tls", Verdict::kFail, "valid one",
       [](Patient& p) { p.certificate->begins_at.ms = p.now.ms + 1; }},
      {"tls", Verdict::kFail, "tls.certificate",
       [](Patient& p) {
         p.certificate.reset();
         p.why_no_certificate = "no such file";
       }},
      {"tls", Verdict::kFail, "own key", [](Patient& p) { p.key_trouble = "it is not the key"; }},
      {"tls", Verdict::kFail, "mend what it refuses",
       [](Patient& p) {
         p.node_certificate = "9.0 days left; the newer one is refused: no certificate in PEM";
       }},
  };
  for (const Planted& fault : planted) {
    Patient patient = sound();
    fault.plant(patient);
    const Finding finding = only_found(patient, fault.id);
    INFO(finding.id << ": " << finding.evidence);
    CHECK(finding.verdict == fault.verdict);
    CHECK_THAT(finding.remedy, Catch::Contains(std::string(fault.remedy)));
  }
}

TEST_CASE("limits of the disk and of files are met exactly", "[ops][X6]") {
  Patient patient = sound();
  patient.data->bytes_free = 1'024 * kMiB;
  patient.files_max = 20'256;
  CHECK(found(patient, "disk").verdict == Verdict::kOk);
  CHECK(found(patient, "files").verdict == Verdict::kOk);
  patient.data->bytes_free = 64 * kMiB;
  CHECK(found(patient, "disk").verdict == Verdict::kWarn);
}

TEST_CASE("doctor looks at a running node, and at cheap hashes in its settings", "[ops][X6]") {
  CtlRoom room;
  room.start_server();
  const auto findings = room.ask({"doctor"});
  CHECK(finding_in(findings, "argon2").at("verdict") == "ok");
  CHECK(finding_in(findings, "node").at("verdict") == "ok");
  CHECK(finding_in(findings, "schema").at("verdict") == "ok");
  CHECK_THAT(finding_in(findings, "disk").at("evidence").get<std::string>(),
             Catch::Contains(room.data_dir()));

  const Finished cheap = room.ctl({"doctor", "--config", room.path("server.toml"), "-o", "json"});
  CHECK(cheap.exit_code == 1);
  CHECK(nlohmann::json::parse(cheap.out).at("kind") == "DiagnosisList");  // db verify's differ
  const auto argon2 = finding_in(findings_of(cheap), "argon2");
  CHECK(argon2.at("verdict") == "fail");
  CHECK_THAT(argon2.at("remedy").get<std::string>(), Catch::Contains("auth.argon2_memory_kib"));
}

TEST_CASE("doctor asks Redis and ZooKeeper what a node would ask", "[ops][X6][G25]") {
  const CtlRoom room;
  const auto seen = [&](const std::string& redis, const std::string& more = "") {
    room.write_file("cluster.toml", "[redis]\nurl = \"" + redis + "\"\n" + more);
    return findings_of(room.ctl({"doctor", "--config", room.path("cluster.toml"), "-o", "json"}));
  };
  const auto redis_row = [&](const std::string& url) { return finding_in(seen(url), "redis"); };
  RedisProcess redis;
  const auto fine = redis_row(redis.url());
  INFO(fine.dump());
  CHECK(fine.at("verdict") == "ok");
  CHECK_THAT(fine.at("evidence").get<std::string>(), Catch::Contains("round trip"));
  CHECK(redis.cli({"DBSIZE"}) == "0\n");

  redis.cli({"ACL", "SETUSER", "mpim", "on", ">right", "allkeys", "allchannels", "+@all", "-hset",
             "-publish"});
  const auto refused = redis_row(redis.url("mpim:right"));
  CHECK(refused.at("verdict") == "fail");
  for (const char* const command : {"HSET", "PUBLISH"})
    CHECK_THAT(refused.at("evidence").get<std::string>(), Catch::Contains(command));
  CHECK_THAT(redis_row(redis.url("mpim:wrong")).at("evidence").get<std::string>(),
             Catch::Contains("mend the user or the password"));
  redis.cli({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "100mb"});
  CHECK(redis_row(redis.url()).at("verdict") == "warn");
  redis.cli({"CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1"});
  CHECK_THAT(redis_row(redis.url()).at("evidence").get<std::string>(),
             Catch::Contains("Redis refuses SET: its maxmemory is reached"));
  redis.cli({"CONFIG", "SET", "maxmemory", "0"});
  redis.cli({"REPLICAOF", "127.0.0.1", "1"});
  CHECK_THAT(redis_row(redis.url()).at("remedy").get<std::string>(), Catch::Contains("master"));

  const auto away = seen("redis://127.0.0.1:1", "[registry]\nurl = \"zookeeper://127.0.0.1:1\"\n");
  for (const char* const row : {"redis", "registry"}) {
    CHECK(finding_in(away, row).at("verdict") == "fail");
    CHECK_THAT(finding_in(away, row).at("evidence").get<std::string>(),
               Catch::Contains("Connection refused"));
  }
}

TEST_CASE("doctor looks at what a stopped node left, and at settings that cannot be read",
          "[ops][X6]") {
  const CtlRoom room;
  CHECK(room.ctl({"doctor"}).exit_code == 0);  // nothing is there yet, and nothing is wrong
  std::filesystem::create_directories(room.data_dir());
  std::filesystem::permissions(room.data_dir(), std::filesystem::perms(0755));
  room.write_file("state/mpim/mpim.db", "");
  const Finished old = room.ctl({"doctor", "-o", "json"});
  CHECK(old.exit_code == 1);
  CHECK(finding_in(findings_of(old), "schema").at("verdict") == "fail");
  CHECK(finding_in(findings_of(old), "data").at("verdict") == "warn");
  CHECK(finding_in(findings_of(old), "node").at("verdict") == "warn");
  REQUIRE(room.ctl({"db", "migrate"}).exit_code == 0);
  CHECK(room.ctl({"doctor"}).exit_code == 0);

  room.write_file("bad.toml", "[server]\nworkerz = 3\n");
  const Finished bad = room.ctl({"doctor", "--config", room.path("bad.toml"), "-o", "json"});
  CHECK(bad.exit_code == 1);
  const auto config = finding_in(findings_of(bad), "config");
  CHECK(config.at("verdict") == "fail");
  CHECK_THAT(config.at("evidence").get<std::string>(), Catch::Contains("workers"));
}

TEST_CASE("doctor reads the key, and whether it is the certificate's own", "[ops][X6]") {
  const CtlRoom room;
  for (const char* const name : {"own", "other"}) {
    const Finished made =
        run("openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-subj", "/CN=chat.example", "-days", "30", "-keyout",
                        room.path(name) + ".key", "-out", room.path(name) + ".pem"});
    REQUIRE(made.exit_code == 0);
  }
  room.write_file("text.key", "nonsense\n");
  const auto tls_with = [&](const std::string& key) {
    room.write_file("tls.toml", "[line]\ntls = true\n[tls]\ncertificate = \"" +
                                    room.path("own.pem") + "\"\nkey = \"" + room.path(key) +
                                    "\"\n");
    return finding_in(
        findings_of(room.ctl({"doctor", "--config", room.path("tls.toml"), "-o", "json"})), "tls");
  };
  CHECK(tls_with("own.key").at("verdict") == "ok");
  struct Row {
    const char* key;
    const char* evidence;
  };
  for (const Row& row : {Row{"other.key", "it is not the key of "},
                         Row{"text.key", "no key in PEM"}, Row{"none.key", "No such file"}}) {
    const auto finding = tls_with(row.key);
    CHECK(finding.at("verdict") == "fail");
    CHECK_THAT(finding.at("evidence").get<std::string>(),
               Catch::Contains(row.evidence) && Catch::StartsWith("tls.key = "));
  }
}

TEST_CASE("doctor refuses to judge a node that it reaches over HTTP", "[ops][X6]") {
  const CtlRoom room;
  StartOptions by_variable = room.options();
  by_variable.environment["MPIM_ADMIN_URL"] = "http://192.0.2.1:8080";
  for (const Finished& end : {room.ctl({"doctor", "--server", "http://192.0.2.1:8080"}),
                              room.ctl({"doctor"}, by_variable)}) {
    CHECK(end.exit_code == 2);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, Catch::Contains("looks at the machine it runs on") &&
                            Catch::Contains("on the node's own machine"));
  }
  CHECK(room.ctl({"doctor", "--admin-socket", room.path("none")}, by_variable).exit_code == 0);
}
