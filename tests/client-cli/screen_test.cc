#include <catch2/catch.hpp>

#include "client-cli/terminal/screen.h"
#include "client-cli/terminal/text_width.h"
#include "tests/client-cli/tiny_terminal.h"

namespace mpim::chat {
namespace {

using testing::TinyTerminal;

struct Drawing {
  Drawing(size_t columns, bool ansi)
      : terminal(columns, 8, !ansi),
        screen([this](std::string_view bytes) { terminal.write(bytes); }, ansi, columns) {}

  void type(std::string_view text) {
    line.insert(text);
    screen.show("me> ", line);
  }

  TinyTerminal terminal;
  Screen screen;
  LineHistory history{""};
  LineEditor line{history};
};

}  // namespace

TEST_CASE("incoming lines appear above the line being typed", "[client-cli]") {
  const bool ansi = GENERATE(true, false);
  Drawing at(40, ansi);
  at.type("half a 你");
  at.screen.print("bob: 你好 😀");
  at.screen.print("bob: two\nlines");
  CHECK(at.terminal.text() == "bob: 你好 😀\nbob: two\nlines\nme> half a 你");
  CHECK(at.terminal.cursor_column() == columns_of("me> half a 你"));
  CHECK(at.terminal.not_understood().empty());
}

TEST_CASE("the cursor stays where it was when a line comes", "[client-cli]") {
  const bool ansi = GENERATE(true, false);
  Drawing at(40, ansi);
  at.type("a你b");
  at.line.press({Key::Kind::kLeft, {}});
  at.screen.show("me> ", at.line);
  CHECK(at.terminal.cursor_column() == 7);
  at.screen.print("bob: hi");
  CHECK(at.terminal.cursor_column() == 7);
  CHECK(at.terminal.last_row() == "me> a你b");
}

TEST_CASE("twenty columns are enough, whatever is typed", "[client-cli]") {
  const bool ansi = GENERATE(true, false);
  Drawing at(20, ansi);
  std::string typed;
  for (const char* piece : {"0123456789", "你好你好", "abcdefghij", "😀"}) {
    typed += piece;
    at.type(piece);
    CHECK(at.terminal.rows()[1].empty());
    CHECK(at.terminal.cursor_column() <= 19);
  }
  CHECK(typed.ends_with(at.terminal.last_row().substr(4)));
  at.screen.print("bob: a line of more than twenty columns");
  CHECK(at.terminal.rows()[0] == "bob: a line of more");
  CHECK(at.terminal.rows()[1] == "than twenty columns");
  CHECK(at.terminal.rows()[2].starts_with("me> "));
}

TEST_CASE("a shorter row leaves nothing of a longer one", "[client-cli]") {
  const bool ansi = GENERATE(true, false);
  Drawing at(40, ansi);
  at.type("something long 你好");
  at.line.take();
  at.type("x");
  CHECK(at.terminal.text() == "me> x");
  at.screen.erase_row();
  CHECK(at.terminal.text().empty());
}

TEST_CASE("a dumb terminal gets no escape sequence", "[client-cli]") {
  std::string written;
  Screen screen([&](std::string_view bytes) { written += bytes; }, false, 30);
  LineHistory history("");
  LineEditor line(history);
  line.insert("abc");
  screen.show("me> ", line);
  screen.print("hello");
  line.press({Key::Kind::kHome, {}});
  screen.show("me> ", line);
  screen.clear();
  CHECK(written.find('\x1b') == std::string::npos);
}

}  // namespace mpim::chat
