#include "ops/output.h"

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace mpim;
using namespace mpim::ops;

namespace {

constexpr auto kColumns =
    std::to_array<Column>({{"ID", "id", Cell::kNumber}, {"NAME", "user.name"}, {"NOTE", "note"}});

Value row(uint64_t id, std::string_view name, std::string_view note) {
  return Value::object({{"id", Value::id(id)},
                        {"user", Value::object({{"name", Value::text(name)}})},
                        {"note", Value::text(note)}});
}

Document document(Value::List items) {
  Document made{.kind = "ThingList"};
  made.items = std::move(items);
  made.columns = kColumns;
  return made;
}

}  // namespace

TEST_CASE("a table lines up whatever the width of its characters", "[ops]") {
  const auto text = render(document({row(7, "\u5f20\u4f1f", "one"), row(1234, "bob", "two"),
                                     row(1, "e\u0301a", "three")}),
                           Format::kTable, false);
  CHECK(text ==
        "  ID  NAME  NOTE\n"
        "   7  \u5f20\u4f1f  one\n"
        "1234  bob   two\n"
        "   1  e\u0301a    three\n");
}

TEST_CASE("what a text takes on a terminal is measured by character", "[ops]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("") == 0);
  CHECK(display_width("\u4f60\u597d") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\U0001F468\u200D\U0001F469\u200D\U0001F467") == 2);
  CHECK(display_width("\xff") == 1);
}

TEST_CASE("control characters in a text are shown, never sent", "[ops]") {
  CHECK(printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(printable("two\nlines\ttab") == "two\\nlines\\x09tab");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\u009b31m");
  CHECK(printable("\u4f60\u597d \u00a9") == "\u4f60\u597d \u00a9");
  const auto text =
      render(document({row(1, "\x1b]0;title\x07", "\x1b[2J")}), Format::kTable, false);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("a JSON list is one document with its kind", "[ops]") {
  Document made = document({row(uint64_t{1} << 60, "a", "\"quoted\"\n\x1b")});
  made.warnings = {"there is more"};
  const auto parsed = nlohmann::json::parse(render(made, Format::kJson, false));
  CHECK(parsed.at("apiVersion") == "mpim/v1");
  CHECK(parsed.at("kind") == "ThingList");
  CHECK(parsed.at("items").at(0).at("id") == "1152921504606846976");
  CHECK(parsed.at("items").at(0).at("note") == "\"quoted\"\n\x1b");
  CHECK(parsed.at("warnings") == nlohmann::json::array({"there is more"}));
}

TEST_CASE("a single JSON item stands under item", "[ops]") {
  Document made = document({row(5, "a", "b")});
  made.list = false;
  const auto parsed = nlohmann::json::parse(render(made, Format::kJson, false));
  CHECK(parsed.at("item").at("id") == "5");
  CHECK_FALSE(parsed.contains("items"));
}

TEST_CASE("a single item shows its lists as tables below", "[ops]") {
  static constexpr auto kInner = std::to_array<Column>({{"X", "x"}});
  static constexpr auto kSections = std::to_array<Section>({{"Inner", "inner", kInner}});
  Value item = row(5, "a", "b");
  item.set("inner", Value::list({Value::object({{"x", Value::text("1")}})}));
  Document made = document({std::move(item)});
  made.list = false;
  made.sections = kSections;
  CHECK(render(made, Format::kTable, false) == "ID    5\nNAME  a\nNOTE  b\n\nInner\nX\n1\n");
}

TEST_CASE("an error as JSON has the six fields on one line", "[ops]") {
  const std::string text =
      render_error({Code::kNotFound, "no user `x`"}, {"look again", "ctl-1"}, Format::kJson);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  const auto parsed = nlohmann::json::parse(text);
  CHECK(parsed.size() == 6);
  CHECK(parsed.at("code") == "NOT_FOUND");
  CHECK(parsed.at("message") == "no user `x`");
  CHECK(parsed.at("reason") == std::string(entry_of(Code::kNotFound).meaning));
  CHECK(parsed.at("hint") == "look again");
  CHECK(parsed.at("retryable") == false);
  CHECK(parsed.at("request_id") == "ctl-1");
}

TEST_CASE("an error without a hint of its own shows the registry's remedy", "[ops]") {
  const std::string text = render_error({Code::kBusy, "the queue is full"}, {}, Format::kTable);
  CHECK(text ==
        "error: the queue is full\nhint: " + std::string(entry_of(Code::kBusy).remedy) + "\n");
}

TEST_CASE("times are shown in UTC", "[ops]") {
  CHECK(utc_time(1'700'000'000'123) == "2023-11-14T22:13:20Z");
  CHECK(utc_time(0).empty());
}
