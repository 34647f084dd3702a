#include "server/registry/cluster_settings.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>

#include "server/registry/redis_settings.h"
#include "server/registry/settings_copy.h"
#include "tests/registry/registry_rig.h"
#include "tests/support/redis_desk.h"
#include "tests/support/redis_process.h"

namespace mpim {
namespace {

using testing::backends_under_test;
using testing::becomes_true;
using testing::open_backend;

SettingsEdition edition(const std::string& by, std::map<std::string, std::string> values) {
  SettingsEdition next;
  next.at = Timestamp{1'700'000'000'000};
  next.by = by;
  next.change = "set";
  next.values = std::move(values);
  return next;
}

TEST_CASE("a history is a text that people read, and is read back", "[registry][O30]") {
  SettingsEdition first = edition("uid 0", {{"a.b", "1"}});
  first.version = 1;
  SettingsEdition second = edition("x\ny", {});
  second.version = 3;
  const std::string text = text_of({first, second});
  CHECK(text ==
        "[1]\nat = 1700000000000\nby = uid 0\nchange = set\na.b = 1\n"
        "[3]\nat = 1700000000000\nby = x y\nchange = set\n");
  second.by = "x y";
  CHECK(history_from(text).value() == SettingsHistory{first, second});
  CHECK(history_from("").value().empty());
  for (const char* const bad : {"a.b = 1\n", "[x]\n", "[2]\n[2]\n", "[2]\nnonsense\n", "[0]\n",
                                "[9007199254740993]\n", "[18446744073709551615]\n"})
    CHECK_FALSE(history_from(bad).ok());
  CHECK(history_from("[9007199254740992]\n").ok());
  CHECK_FALSE(history_from("[1]\n" + std::string(kHistoryTextMax, '\n')).ok());
}

TEST_CASE("a change is heard by the others, and the slower of two is refused",
          "[registry][G47][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  const auto two = server->seat();
  REQUIRE(two->look().ok());
  REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
  CHECK(becomes_true([&] { return two->holds().values.size() == 1; }));
  CHECK(becomes_true([&] { return two->heard == 1; }));
  const auto late = two->append(0, edition("bob", {{"a.b", "2"}}));
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().code == Code::kConflict);
  // Who has not heard of it yet finds out when he writes.
  two->loop().post([&] { two->settings().stop(); });
  REQUIRE(one->append(1, edition("ann", {{"a.b", "3"}})).ok());
  const auto unheard = two->append(1, edition("bob", {{"a.b", "4"}}));
  REQUIRE_FALSE(unheard.ok());
  CHECK(unheard.error().code == Code::kConflict);
  CHECK(one->look().ok());
  CHECK(one->holds().values.at("a.b") == "3");
  CHECK(one->settings().known()->size() == 2);
}

TEST_CASE("settings that the registry has lost are put back with their history, the newest of all",
          "[registry][G47]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
  REQUIRE(one->append(1, edition("ann", {{"a.b", "2"}})).ok());
  REQUIRE(one->look().ok());
  const std::string whole = server->text();
  SECTION("flushed") { server->lose(); }
  SECTION("an older state was restored") {
    server->write("[1]\nat = 1\nby = ann\nchange = set\na.b = 1\n");
  }
  SECTION("away, and back") {
    server->kill();
    CHECK(becomes_true([&] { return !one->look().ok(); }));
    CHECK_FALSE(one->settings().trouble().empty());
    const auto refused = one->append(2, edition("ann", {}));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kUnavailable);
    server->start();
  }
  CHECK(becomes_true([&] { return server->text() == whole; }));
  CHECK(one->holds().values.at("a.b") == "2");
}

TEST_CASE("a node that starts alone goes by its copy; what the cluster says wins",
          "[registry][G47]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  testing::TempDir dir;
  const std::string copy = dir / "copy";
  {
    const auto one = server->seat(copy);
    REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
  }
  const auto again = server->seat(copy);
  CHECK(again->holds().values.at("a.b") == "1");
  const auto two = server->seat();
  REQUIRE(two->look().ok());
  REQUIRE(two->append(1, edition("bob", {{"a.b", "2"}})).ok());
  CHECK(becomes_true([&] { return again->holds().values.at("a.b") == "2"; }));
  // All is lost but the files: whoever is first puts it back.
  server->lose();
  CHECK(becomes_true([&] { return !server->text().empty(); }));
  std::ofstream(copy) << "not ours\n";
  const auto broken = server->seat(copy);
  CHECK(becomes_true([&] { return broken->holds().version == 2; }));
}

TEST_CASE("what is no list of settings is replaced by what the node knows", "[registry][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  std::string whole;
  SECTION("the settings that hold") {
    REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
    whole = server->text();
  }
  SECTION("none") { REQUIRE(one->look().ok()); }
  const uint64_t version = one->holds().version;
  for (const char* const bad : {"something else", "[18446744073709551615]\na.b = 2\n"}) {
    server->write(bad);
    CHECK(becomes_true([&] { return server->text() == whole; }));
    CHECK(becomes_true([&] { return one->settings().trouble().empty(); }));
  }
  REQUIRE(one->append(version, edition("ann", {{"a.b", "3"}})).ok());
  CHECK(one->holds().version == version + 1);
}

TEST_CASE("a change that would not be read back is refused before it is written",
          "[registry][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  REQUIRE(one->look().ok());
  const std::string last = "[9007199254740992]\nat = 1\nby = ann\nchange = set\na.b = 1\n";
  server->write(last);
  CHECK(becomes_true([&] { return one->look().ok() && one->holds().version == kVersionMax; }));
  const auto refused = one->append(kVersionMax, edition("ann", {}));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kBadRequest);
  CHECK(server->text() == last);
  const auto long_one =
      one->append(kVersionMax, edition("ann", {{"a.b", std::string(2 << 20, 'x')}}));
  CHECK_FALSE(long_one.ok());
}

TEST_CASE("of two copies the newer one wins, whoever starts first", "[registry][G47]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  testing::TempDir dir;
  std::ofstream(dir / "a") << "[1]\nat = 1\nby = ann\nchange = set\na.b = 1\n";
  std::ofstream(dir / "b") << "[4]\nat = 4\nby = bob\nchange = set\na.b = 4\n";
  const auto a = server->seat(dir / "a");
  CHECK(becomes_true([&] { return !server->text().empty(); }));
  const auto b = server->seat(dir / "b");
  CHECK(becomes_true([&] { return a->holds().version == 4; }));
  CHECK(b->holds().version == 4);
}

TEST_CASE("only the newest versions are remembered", "[registry][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  REQUIRE(one->look().ok());
  const size_t count = ClusterSettings::kEditionsKept + 5;
  for (uint64_t version = 0; version < count; ++version)
    REQUIRE(one->append(version, edition("ann", {{"a.b", std::to_string(version)}})).ok());
  CHECK(one->settings().known()->size() == ClusterSettings::kEditionsKept);
  CHECK(one->settings().known()->front().version == 6);
  CHECK(one->holds().version == count);
}

TEST_CASE("a key of another type, or a text without end, is replaced too", "[registry][O30]") {
  testing::RedisProcess redis;
  testing::RedisDesk desk(testing::quick_redis(redis.url()));
  RedisSettings place(desk.client);
  ClusterSettings settings(desk.loop, place, {.copy = "", .look_every = testing::kLook});
  desk.start();
  REQUIRE(desk.comes_up());
  redis.cli({"LPUSH", "settings", "x"});
  testing::run_on(desk.loop, [&] { settings.start(); });
  CHECK(becomes_true([&] { return redis.cli({"TYPE", "settings"}) == "string\n"; }));
  CHECK(becomes_true([&] { return settings.trouble().empty(); }));
  redis.cli({"SETRANGE", "settings", "3000000", "x"});
  CHECK(becomes_true([&] { return redis.cli({"STRLEN", "settings"}) == "0\n"; }));
  // A Redis that lets nobody write there: it is told until it does.
  redis.cli({"ACL", "SETUSER", "default", "-set"});
  redis.cli({"HSET", "settings2", "a", "b"});
  redis.cli({"RENAME", "settings2", "settings"});
  CHECK(becomes_true([&] { return !settings.trouble().empty(); }));
  redis.cli({"ACL", "SETUSER", "default", "+set"});
  CHECK(becomes_true([&] { return settings.trouble().empty(); }));
  CHECK(redis.cli({"TYPE", "settings"}) == "string\n");
  desk.end([&] { settings.stop(); });
}

TEST_CASE("what cannot be read in a lone node's file stays beside it", "[registry][O30]") {
  testing::TempDir dir;
  const std::string path = dir / "cluster_settings";
  std::ofstream(path) << "[1\na.b = 1\n";
  SettingsFile place(path);
  place.write("[1\na.b = 1\n", "", [](const Result<std::optional<std::string>>& written) {
    CHECK((written.ok() && written->has_value()));
  });
  CHECK(read_settings_copy(path).value().empty());
  CHECK(read_settings_copy(path + ".unreadable").value() == "[1\na.b = 1\n");
}

}  // namespace
}  // namespace mpim
