#include "server/registry/cluster_settings.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>

#include "tests/registry/registry_rig.h"
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
  for (const char* const bad : {"a.b = 1\n", "[x]\n", "[2]\n[2]\n", "[2]\nnonsense\n", "[0]\n"})
    CHECK_FALSE(history_from(bad).ok());
}

TEST_CASE("a change is heard by the others, and the slower of two is refused",
          "[registry][G47][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  const auto two = server->seat();
  REQUIRE(two->look().ok());
  REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
  CHECK(becomes_true([&] { return two->holds().values.size() == 1; }));
  CHECK(two->heard == 1);
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

TEST_CASE("what is no list of settings is left alone and told", "[registry][O30]") {
  const auto server = open_backend(GENERATE(from_range(backends_under_test())));
  const auto one = server->seat();
  REQUIRE(one->append(0, edition("ann", {{"a.b", "1"}})).ok());
  server->write("something else");
  CHECK(becomes_true([&] { return !one->settings().trouble().empty(); }));
  CHECK(one->holds().values.at("a.b") == "1");
  CHECK(server->text() == "something else");
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

}  // namespace
}  // namespace mpim
