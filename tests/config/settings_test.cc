#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "server/config/overlay.h"
#include "server/config/settings.h"
#include "server/core/limits.h"

namespace mpim {
namespace {

TEST_CASE("the table is in order, has no name twice, and every row explains itself", "[config]") {
  CHECK(std::ranges::is_sorted(all_settings(), {}, &SettingRow::name));
  std::set<std::string_view> names;
  for (const SettingRow& row : all_settings()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(std::ranges::count(row.name, '.') == 1);
    CHECK(row.help.size() > 10);
    CHECK((row.type == SettingType::kChoice) == !row.choices.empty());
  }
}

TEST_CASE("every setting can be read, and its default set again", "[config]") {
  for (const SettingRow& row : all_settings()) {
    INFO(row.name);
    Settings settings;
    const auto value = get_setting(settings, row.name);
    REQUIRE(value.ok());
    CHECK(set_setting(settings, row.name, *value).ok());
    CHECK(*get_setting(settings, row.name) == *value);
  }
}

TEST_CASE("every number is taken at its bounds and refused one past them", "[config]") {
  for (const SettingRow& row : all_settings()) {
    if (row.type != SettingType::kNumber) continue;
    INFO(row.name);
    REQUIRE(row.min < row.max);
    Settings settings;
    for (const uint64_t good : {row.min, row.max}) {
      CHECK(set_setting(settings, row.name, std::to_string(good)).ok());
      CHECK(*get_setting(settings, row.name) == std::to_string(good));
    }
    std::vector<std::string> bad{std::to_string(row.max + 1), "-1", "4x", "",
                                 "18446744073709551616"};
    if (row.min > 0) bad.push_back(std::to_string(row.min - 1));
    for (const std::string& value : bad) {
      const auto refused = set_setting(settings, row.name, value);
      REQUIRE_FALSE(refused.ok());
      CHECK(refused.error().code == Code::kBadRequest);
      CHECK(*get_setting(settings, row.name) == std::to_string(row.max));
    }
  }
}

// Two values of each row: setting one must show in that row and in no other.
std::string another_value(const SettingRow& row, const Settings& settings) {
  const std::string now = *get_setting(settings, row.name);
  if (row.type == SettingType::kFlag) return now == "true" ? "false" : "true";
  if (row.type == SettingType::kChoice)  // the last of them
    return std::string(row.choices.substr(row.choices.rfind(' ') + 1));
  if (row.type == SettingType::kNumber)
    return std::to_string(std::to_string(row.max) == now ? row.min : row.max);
  if (row.name == "files.types") return "image/png";
  if (row.name == "ws.origins") return "https://chat.example.org";
  if (row.name == "redis.url") return "redis://127.0.0.1";
  if (row.name == "registry.url") return "zookeeper://127.0.0.1:2181";
  if (row.name == "store.url") return "mysql://mpim@127.0.0.1/mpim";
  return row.name.ends_with("listen") ? "[::1]:1" : "other";
}

TEST_CASE("setting one row changes that row alone", "[config]") {
  const Settings defaults;
  for (const SettingRow& row : all_settings()) {
    Settings settings;
    const std::string value = another_value(row, settings);
    INFO(row.name << " = " << value);
    REQUIRE(set_setting(settings, row.name, value).ok());
    for (const SettingRow& other : all_settings()) {
      const bool same = *get_setting(settings, other.name) == *get_setting(defaults, other.name);
      CHECK(same == (other.name != row.name));
    }
  }
}

TEST_CASE("the defaults are the standard bounds, and a text may be 4096 bytes", "[config][G42]") {
  const Settings defaults;
  CHECK(defaults.message.text_bytes_max == 4'096);
  CHECK(defaults.message.text_bytes_max == kTextBytes.standard);
  CHECK(defaults.line.bytes_max == kLineBytes.standard);
  CHECK(defaults.server.connections_max == kConnections.standard);
  CHECK(defaults.session.output_bytes_max == kOutputBytes.standard);
  CHECK(defaults.session.in_flight_max == kInFlight.standard);
  CHECK(defaults.session.window_max == kWindow.standard);
  CHECK(defaults.session.page_entries == kCatchUpPage.standard);
  CHECK(defaults.auth.devices_max == kDevices.standard);
  CHECK(defaults.groups.members_max == kMembers.standard);
  CHECK(defaults.store.writer_queue_max == kWriterQueue.standard);
  CHECK(defaults.store.batch_jobs_max == kBatchJobs.standard);
}

TEST_CASE("a refusal says what would have been taken", "[config]") {
  Settings settings;
  const auto sentence = [&](std::string_view name, std::string_view value) {
    const auto refused = set_setting(settings, name, value);
    return refused.ok() ? std::string("taken") : refused.error().message;
  };
  CHECK(sentence("server.workers", "65") ==
        "`server.workers` must be a number from 0 to 64, not `65`");
  CHECK(sentence("auth.register_open", "yes") ==
        "`auth.register_open` must be true or false, not `yes`");
  CHECK(sentence("log.level", "loud") ==
        "`log.level` must be one of trace debug info warn error, not `loud`");
  CHECK(sentence("line.listen", "9000") ==
        "`line.listen` must be an address and port, such as 127.0.0.1:9000, not `9000`");
  CHECK(sentence("node.id", "a b") ==
        "`node.id` must be 1 to 64 of the characters A-Z a-z 0-9 . _ -, not `a b`");
}

TEST_CASE("addresses, node names and socket paths are checked where they are set", "[config]") {
  Settings settings;
  const auto takes = [&](std::string_view name, const std::string& value) {
    return set_setting(settings, name, value).ok();
  };
  CHECK(takes("line.listen", "0.0.0.0:0"));
  CHECK(takes("line.listen", "localhost:65535"));
  CHECK(takes("line.listen", "[::]:9000"));
  for (const auto* bad :
       {"", ":9000", "1.2.3.4:", "1.2.3.4:65536", "::1:9000", "1.2.3.4:90 ", "a:-1"})
    CHECK_FALSE(takes("line.listen", bad));
  for (const char* types : {"", "image/*", "image/svg+xml audio/x-wav application/pdf"}) {
    INFO(types);
    CHECK(takes("files.types", types));
  }
  for (const char* types : {"*", "*/*", "image", "image/", "/png", "image/p*", "a/b  c/d", "A/b"}) {
    INFO(types);
    CHECK_FALSE(takes("files.types", types));
  }
  for (const char* origins :
       {"", "*", "https://a.example", "http://[::1]:80 https://b.example:8443"}) {
    INFO(origins);
    CHECK(takes("ws.origins", origins));
  }
  for (const char* origins : {"a.example", "https://", "://a", "https://a  https://b", "https://a ",
                              "https://a/path", "* https://a"}) {
    INFO(origins);
    CHECK_FALSE(takes("ws.origins", origins));
  }
  CHECK(takes("node.id", std::string(64, 'n')));
  CHECK_FALSE(takes("node.id", std::string(65, 'n')));
  CHECK_FALSE(takes("node.id", ""));
  CHECK(takes("admin.socket", std::string(107, 'p')));
  CHECK_FALSE(takes("admin.socket", std::string(108, 'p')));
  CHECK_FALSE(takes("log.level", ""));
  CHECK_FALSE(takes("log.level", "info warn"));
  CHECK_FALSE(takes("data.dir", std::string("a\0b", 3)));
}

TEST_CASE("an unknown setting is answered with the nearest one", "[config]") {
  Settings settings;
  const auto sentence = [&](std::string_view name) {
    return set_setting(settings, name, "1").error().message;
  };
  CHECK(get_setting(settings, "serber.workers").error().code == Code::kNotFound);
  CHECK(sentence("serber.workers") ==
        "unknown setting `serber.workers`; did you mean `server.workers`?");
  CHECK(sentence("workers") == "unknown setting `workers`; did you mean `server.workers`?");
  CHECK(sentence("colour") == "unknown setting `colour`");
  CHECK(sentence("") == "unknown setting ``");
}

TEST_CASE("what the cluster says wins where it is live and allowed, and the rest is the node's own",
          "[config][O30]") {
  Settings own;
  own.limits.requests_per_s = 11;
  own.line.bytes_max = 2'048;
  const Overlaid laid = overlay(own, {{"limits.user_messages_per_s", "5"},
                                      {"limits.requests_per_s", "many"},
                                      {"line.bytes_max", "4096"},
                                      {"limits.of_tomorrow", "1"}});
  CHECK(laid.settings.limits.user_messages_per_s == 5);
  CHECK(laid.settings.limits.requests_per_s == 11);
  CHECK(laid.settings.line.bytes_max == 2'048);
  REQUIRE(laid.left.size() == 3);
  CHECK(laid.left[0].find("unknown setting `limits.of_tomorrow`") == 0);
  CHECK(laid.left[1] == "`limits.requests_per_s` must be a number from 0 to 1000000, not `many`");
  CHECK(laid.left[2].find("`line.bytes_max` is read when a node starts") == 0);
}

TEST_CASE("a value for all nodes is kept as it is meant", "[config][O30]") {
  CHECK(accept_live("limits.requests_per_s", "007").value() == "7");
  CHECK(accept_live("log.level", "debug").value() == "debug");
  CHECK(accept_live("log.level", "loud").error().code == Code::kBadRequest);
  CHECK(accept_live("node.id", "x").error().code == Code::kBadRequest);
  CHECK(accept_live("log.leve", "x").error().code == Code::kNotFound);
}

}  // namespace
}  // namespace mpim
