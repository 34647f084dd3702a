#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "client-cli/json_events.h"
#include "client-cli/render.h"

namespace mpim::chat {
namespace {

Entry message(std::string text) {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(42);
  entry.sender = UserId(1002);
  entry.at = Timestamp{1'767'225'600'123};
  entry.text = std::move(text);
  return entry;
}

struct Rendering {
  explicit Rendering(RenderOptions options = {TimeStyle::kNone, false, false})
      : renderer(options, people) {
    people.learn(UserId(1002), "bob");
    people.learn(GroupId(1001), "tea");
    renderer.set_self(UserId(1001), "alice");
  }
  std::string line(const Entry& entry) { return renderer.entry(entry, {entry.at.ms + 120'000}); }

  People people;
  Renderer renderer;
};

}  // namespace

TEST_CASE("a message says who, where and what", "[client-cli]") {
  Rendering at;
  CHECK(at.line(message("hi")) == "bob: hi");
  Entry in_group = message("hi");
  in_group.group = GroupId(1001);
  CHECK(at.line(in_group) == "#tea bob: hi");
  in_group.kind = EntryKind::kJoin;
  in_group.subject = UserId(1002);
  CHECK(at.line(in_group) == "* bob joined #tea");
}

TEST_CASE("what an operator does in a group is nobody's doing", "[client-cli]") {
  Rendering at;
  Entry change = message("");
  change.group = GroupId(1001);
  change.subject = UserId(1002);
  change.sender = kSystemUser;
  change.kind = EntryKind::kJoin;
  CHECK(at.line(change) == "* bob was added to #tea");
  change.kind = EntryKind::kKick;
  CHECK(at.line(change) == "* bob was removed from #tea");
  change.sender = UserId(1003);
  CHECK(at.line(change) == "* bob was removed from #tea by 1003");
  Entry notice = message("down at 8");
  notice.sender = kSystemUser;
  CHECK(at.line(notice) == "system: down at 8");
}

TEST_CASE("times come in the chosen form", "[client-cli]") {
  const Entry entry = message("hi");
  CHECK(Rendering({TimeStyle::kIso, false, false}).line(entry) ==
        "2026-01-01T00:00:00.123Z bob: hi");
  CHECK(Rendering({TimeStyle::kRelative, false, false}).line(entry) == "2m bob: hi");
  CHECK(Rendering({TimeStyle::kLocal, false, false}).line(entry).substr(2, 1) == ":");
}

TEST_CASE("a text cannot pass for a line of somebody else", "[client-cli]") {
  Rendering at;
  CHECK(at.line(message("x\nalice: yes")) == "bob: x\n  | alice: yes");
  CHECK(at.line(message("\x1b[2J")) == "bob: ^[[2J");
  at.people.learn(UserId(1002), "b\x1b[31m");
  CHECK(at.line(message("x")).find('\x1b') == std::string::npos);
}

TEST_CASE("colour and marks follow the terminal", "[client-cli]") {
  Rendering painted({TimeStyle::kNone, true, false});
  CHECK(painted.line(message("hi @alice")).find("\x1b[1mhi @alice") != std::string::npos);
  const Outgoing sent{UserId(1002), "hi", "c-1", {}};
  CHECK(Rendering().renderer.sent(sent, SentMark::kStored, {}) == "→ bob: hi ✓");
  CHECK(Rendering().renderer.sent(sent, SentMark::kQueued, {}) == "→ bob: hi (queued)");
  CHECK(Rendering().renderer.sent(sent, SentMark::kUnderWay, {}) == "→ bob: hi …");
  CHECK(Rendering({TimeStyle::kNone, false, true}).renderer.sent(sent, SentMark::kStored, {}) ==
        "-> bob: hi ok");
}

TEST_CASE("a new day is said once", "[client-cli]") {
  Rendering at({TimeStyle::kLocal, false, false});
  CHECK(at.renderer.day_line({1'767'225'600'000}).has_value());
  CHECK_FALSE(at.renderer.day_line({1'767'225'600'001}).has_value());
  CHECK(at.renderer.day_line({1'767'225'600'000 + 86'400'000}).has_value());
}

TEST_CASE("events are JSON objects of one line, with ids as text", "[client-cli]") {
  Rendering at;
  const std::string line = json_entry(message("a\n\"b\" 你"), at.people);
  CHECK(line.find('\n') == std::string::npos);
  const auto object = nlohmann::json::parse(line);
  CHECK(object["event"] == "message");
  CHECK(object["id"] == "7516192810");
  CHECK(object["seq"] == "42");
  CHECK(object["from_name"] == "bob");
  CHECK_FALSE(object.contains("to"));
  Entry own = message("from my phone");
  own.subject = UserId(1002);
  CHECK(nlohmann::json::parse(json_entry(own, at.people))["to_name"] == "bob");
  CHECK(object["text"] == "a\n\"b\" 你");
  const auto refused = nlohmann::json::parse(
      json_sent({UserId(1002), "hi", "c-1", {}}, Error{Code::kNotFound, "nobody"}, at.people));
  CHECK(refused["event"] == "not_sent");
  CHECK(refused["code"] == "NOT_FOUND");
  CHECK(refused["retryable"] == false);
}

}  // namespace mpim::chat
