// Durations, addresses, pauses, masks and prompts.
#include <catch2/catch.hpp>

#include "client-cli/duration.h"
#include "client-cli/link/account.h"
#include "client-cli/link/back_off.h"
#include "client-cli/link/masked.h"
#include "client-cli/repl/prompt.h"
#include "client-cli/terminal/text_width.h"

namespace mpim::chat {

TEST_CASE("a duration has a number and a unit", "[client-cli]") {
  CHECK(*duration("500ms") == Millis(500));
  CHECK(*duration("2s") == Millis(2'000));
  CHECK(*duration("1m") == Millis(60'000));
  for (const char* wrong : {"", "2", "s", "2h", "-1s", "1.5s", "999999999m", "2 s"})
    CHECK_FALSE(duration(wrong).ok());
}

TEST_CASE("a server's address is read in every form", "[client-cli]") {
  CHECK(server_address("host:9001")->text() == "host:9001");
  CHECK(server_address("host")->text() == "host:9000");
  CHECK(server_address(":9001")->text() == "127.0.0.1:9001");
  CHECK(server_address("[::1]:9001")->text() == "[::1]:9001");
  CHECK(server_address("[::1]")->text() == "[::1]:9000");
  CHECK(server_address("tls://host:9001")->text() == "tls://host:9001");
  CHECK(server_address("https://host:9001")->host_and_port() == "host:9001");
  CHECK(server_address("https://host:9001")->tls);
  CHECK_FALSE(server_address("host:9001")->tls);
  for (const char* wrong :
       {"", ":", "h:", "h:0", "h:65536", "h:x", "[::1", "[::1]x", "tls://", "http://h:1"})
    CHECK_FALSE(server_address(wrong).ok());
}

TEST_CASE("pauses grow to their bound, each a little different", "[client-cli][G16]") {
  BackOff back_off(Millis(200), Millis(10'000), 1);
  Millis bound(200);
  for (int i = 0; i < 12; ++i) {
    const Millis pause = back_off.next();
    CHECK(pause >= bound / 2);
    CHECK(pause <= bound);
    bound = std::min(bound * 2, Millis(10'000));
  }
  back_off.reset();
  CHECK(back_off.next() <= Millis(200));
  CHECK(BackOff(Millis(1'000'000), Millis(1'000'000), 1).next() !=
        BackOff(Millis(1'000'000), Millis(1'000'000), 2).next());
}

TEST_CASE("no secret is in a line that is shown", "[client-cli]") {
  CHECK(masked("LOGIN alice \"hunter 2\" device=x") == "LOGIN alice ***");
  CHECK(masked("register alice hunter2") == "register alice ***");
  CHECK(masked("AUTH tok device=x") == "AUTH ***");
  CHECK(masked("PASSWD \"old one\" new") == "PASSWD ***");
  CHECK(masked("+OK uid=1 token=tok epoch=e") == "+OK uid=1 token=*** epoch=e");
  CHECK(masked("SEND @bob \"LOGIN alice x\"") == "SEND @bob \"LOGIN alice x\"");
  CHECK(masked("PING") == "PING");
}

TEST_CASE("the prompt gives way before it takes the line", "[client-cli]") {
  PromptState state{"alice", "bob", 2, "", LinkState::kOnline, false};
  CHECK(prompt(state, 80) == "alice → bob [2 new]> ");
  CHECK(prompt(state, 30) == "alice>bob 2> ");
  CHECK(prompt(state, 20) == "al>bob 2>");
  state.link = LinkState::kWaiting;
  CHECK(prompt(state, 80) == "alice → bob [2 new] [offline]> ");
  CHECK(prompt(state, 20).find('!') != std::string::npos);
  state.link = LinkState::kOnline;
  state.typing = "bob";
  CHECK(prompt(state, 80) == "alice → bob [2 new] [bob is typing]> ");
  state.link = LinkState::kWaiting;
  state.towards = "李雷和韩梅梅";
  for (size_t columns = 4; columns <= 80; ++columns)
    CHECK(columns_of(prompt(state, columns)) <= std::max<size_t>(columns / 2, 4));
  CHECK(prompt({"", "", 0, "", LinkState::kStopped, false}, 80) == "nobody [disconnected]> ");
}

}  // namespace mpim::chat
