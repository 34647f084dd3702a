#include <catch2/catch.hpp>

#include "client-cli/terminal/completion.h"

namespace mpim::chat {

TEST_CASE("a word is completed as far as it is clear", "[client-cli]") {
  const std::vector<std::string> words{"/join", "/json", "@bob", "@bo李", "@bo雷", "#tea"};
  CHECK(complete("/jo", words).replacement == "/join ");
  CHECK(complete("/j", words).replacement == "/j");
  CHECK(complete("/j", words).choices == std::vector<std::string>{"/join", "/json"});
  CHECK(complete("/to #t", words).replacement == "#tea ");
  CHECK(complete("/to #t", words).bytes == 2);
  CHECK(complete("@bo", words).replacement == "@bo");
  CHECK(complete("nothing", words).replacement == "nothing");
  CHECK(complete("nothing", words).choices.empty());
}

}  // namespace mpim::chat
