#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "client-cli/script/script.h"

namespace mpim::chat {
namespace {

// The one mistake of `line`, which stands third in a script of two users.
std::string mistake_in(std::string_view line) {
  const Script script = read_script("user alice register\nuser bob\n" + std::string(line), "");
  if (script.mistakes.empty()) return "";
  CHECK(script.mistakes.size() == 1);
  CHECK(script.mistakes.front().line == 3);
  return script.mistakes.front().sentence;
}

// The scripts between ```chat and ``` in the page about them.
std::vector<std::string> scripts_in_document() {
  std::ifstream file(MPIM_CHAT_DOCUMENT);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  constexpr std::string_view kFence = "\n```chat\n";
  std::vector<std::string> scripts;
  for (size_t at = page.find(kFence); at != std::string::npos; at = page.find(kFence, at)) {
    at += kFence.size();
    scripts.push_back(page.substr(at, page.find("\n```\n", at) - at));
  }
  return scripts;
}

}  // namespace

TEST_CASE("a script is read step by step", "[client-cli][X8]") {
  const Script script = read_script(
      "# two people\n"
      "user alice register device=phone\n"
      "user bob password-env BOB\n"
      "\n"
      "as alice login\n"
      "as bob\n"
      "login within 3s\n"
      "as alice send bob \"hello there\" fails NOT_FOUND\n"
      "expect from=alice text~=/h.l\\/o/i count=2 within 500ms  # patience\n"
      "as bob send #tea hi nowait\n"
      "assert unread=0 received=2\n",
      "");
  REQUIRE(script.mistakes.empty());
  REQUIRE(script.users.size() == 2);
  CHECK(script.users[0].enroll);
  CHECK(script.users[0].device == "phone");
  CHECK(script.users[1].password_env == "BOB");
  REQUIRE(script.steps.size() == 6);
  CHECK(script.steps[0].who == "alice");
  CHECK(script.steps[0].line == 5);
  CHECK(script.steps[1].who == "bob");
  CHECK(script.steps[1].within == Millis(3'000));
  CHECK(script.steps[2].text == "hello there");
  CHECK(script.steps[2].fails == Code::kNotFound);
  CHECK(script.steps[3].who == "bob");
  CHECK(script.steps[3].expectation.count == 2);
  CHECK(script.steps[4].target == "#tea");
  CHECK(script.steps[4].nowait);
  CHECK(script.steps[5].assertions.size() == 2);
}

TEST_CASE("the page about scripts shows every step, and none that is not read",
          "[client-cli][X8]") {
  std::set<StepKind> shown;
  for (const std::string& text : scripts_in_document()) {
    const Script script = read_script(text, "");
    for (const ScriptMistake& mistake : script.mistakes)
      FAIL_CHECK("line " << mistake.line << ": " << mistake.sentence << "\n" << text);
    for (const Step& step : script.steps) shown.insert(step.kind);
  }
  CHECK(shown.size() == static_cast<size_t>(StepKind::kSend) + 1);
}

TEST_CASE("a mistake in a script has its line and a way out", "[client-cli][X8]") {
  CHECK(mistake_in("as alise login") == "there is no user 'alise'; did you mean alice?");
  CHECK(mistake_in("as alice logn") == "there is no step 'logn'; did you mean login?");
  CHECK(mistake_in("login") == "who? write `as NAME` before it");
  CHECK(mistake_in("as alice wait 1s").find("expect ... within") != std::string::npos);
  CHECK(mistake_in("as alice expect fron=bob") ==
        "there is no condition 'fron'; did you mean from?");
  CHECK(mistake_in("as alice expect text=a within 2x").find("no duration") != std::string::npos);
  CHECK(mistake_in("as alice expect text~=/(/").find("cannot be read") != std::string::npos);
  CHECK(mistake_in("as alice expect text~=x").find("between slashes") != std::string::npos);
  CHECK(mistake_in("as alice send bob").find("the text") != std::string::npos);
  CHECK(mistake_in("as alice send bob \"open").find("closing quote") != std::string::npos);
  CHECK(mistake_in("as alice send bob x fails NOPE") == "there is no code NOPE");
  CHECK(mistake_in("as alice assert unreed=1") ==
        "there is no assertion 'unreed'; did you mean unread?");
  CHECK(mistake_in("user alice") == "the user alice is declared twice");
  CHECK(mistake_in("as alice login twice") == "'twice' is too much here");
}

TEST_CASE("every mistake of a script is told at once", "[client-cli]") {
  const Script script = read_script("user a1\nas b\nas a1 x\n\nas a1 expect\n", "");
  REQUIRE(script.mistakes.size() == 3);
  CHECK(script.mistakes[0].line == 2);
  CHECK(script.mistakes[1].line == 3);
  CHECK(script.mistakes[2].line == 5);
}

TEST_CASE("the one who runs a script needs no declaration", "[client-cli]") {
  const Script script = read_script("login\n", "alice");
  REQUIRE(script.mistakes.empty());
  CHECK(script.steps.front().who == "alice");
}

TEST_CASE("an expectation fits what it describes and nothing else", "[client-cli]") {
  People people;
  people.learn(UserId(1002), "bob");
  people.learn(GroupId(1001), "tea");
  Entry entry;
  entry.sender = UserId(1002);
  entry.text = "hello there";
  const auto fits = [&](const std::string& conditions) {
    const Script script = read_script("expect " + conditions, "alice");
    REQUIRE(script.mistakes.empty());
    return script.steps.front().expectation.fits(entry, people);
  };
  CHECK(fits("from=bob text=\"hello there\""));
  CHECK(fits("from=1002 text~=/^HELLO/i"));
  CHECK_FALSE(fits("from=carol"));
  CHECK_FALSE(fits("text=hello"));
  CHECK_FALSE(fits("text~=/^there/"));
  CHECK_FALSE(fits("group=#tea text~=/./"));
  CHECK_FALSE(fits("kind=join"));
  entry.group = GroupId(1001);
  CHECK(fits("group=#tea"));
  CHECK(fits("group=1001"));
}

}  // namespace mpim::chat
