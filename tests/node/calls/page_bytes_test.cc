// However much is asked for, an answer carries so much text, and says that there is more.
#include <set>

#include "server/core/page_bytes.h"
#include "tests/node/calls/caller.h"

using namespace mpim;
using namespace mpim::testing;
using nlohmann::json;

namespace {

constexpr size_t kMessages = 150;
constexpr size_t kTextBytes = 4'096;

// What is written six times as long in JSON.
void fill(Person& from, const Person& to) {
  const std::string text = "word " + std::string(kTextBytes - 5, '\x01');
  for (size_t i = 0; i < kMessages; ++i)
    from.call("chat", {{"toUserId", to.uid}, {"content", text}});
}

// Every id once, from page to page; no page has more than the bound and one message.
void check_pages(Person& reader, const char* type, json question, const char* go_on) {
  std::set<std::string> ids;
  size_t listed = 0;
  for (bool more = true; more;) {
    const HttpReceived answer = reader.ask(type, question);
    INFO(type << question << answer.body.substr(0, 300));
    REQUIRE(answer.status == 200);
    CHECK(answer.body.size() < 6 * (kPageTextBytes + kTextBytes) + kMessages * 400);
    const json page = answer.json();
    REQUIRE_FALSE(page.at("messages").empty());
    CHECK(page["messages"].size() <= kPageTextBytes / kTextBytes + 1);
    for (const json& each : page["messages"]) ids.insert(each.at("messageId"));
    listed += page["messages"].size();
    more = page.value("hasMore", false);
    question.erase("userId");  // the message says which conversation
    question[go_on] = page.contains("next") ? page["next"] : page["messages"].back()["messageId"];
  }
  CHECK(ids.size() == kMessages);
  CHECK(listed == kMessages);
}

}  // namespace

TEST_CASE("a page ends where its text is long enough, and the next goes on there",
          "[node][calls][M12]") {
  NodeRig rig;
  Person ann(rig, "ann");
  Person bob(rig, "bob");
  bob.line.ask("QUIT");  // else what is sent arrives there
  fill(ann, bob);
  check_pages(bob, "history", {{"userId", ann.uid}, {"limit", 1'000}}, "before");
  check_pages(bob, "sync_offline_messages", {{"limit", 1'000}}, "after");
}
