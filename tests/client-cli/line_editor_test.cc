#include <catch2/catch.hpp>

#include "client-cli/terminal/line_editor.h"
#include "client-cli/terminal/text_width.h"

namespace mpim::chat {
namespace {

using Kind = Key::Kind;

struct Editing {
  LineHistory history{""};
  LineEditor line{history};

  void type(std::string_view text) { line.insert(text); }
  void press(Kind kind) { line.press({kind, {}}); }
  void control(const char* letter) { line.press({Kind::kControl, letter}); }
};

}  // namespace

TEST_CASE("a line is edited character by character, however wide", "[client-cli]") {
  Editing at;
  at.type("a你👨\u200d👩b");
  at.press(Kind::kLeft);
  at.press(Kind::kBackspace);
  CHECK(at.line.text() == "a你b");
  at.press(Kind::kBackspace);
  CHECK(at.line.text() == "ab");
  at.press(Kind::kHome);
  at.press(Kind::kDelete);
  at.type("好");
  CHECK(at.line.text() == "好b");
  CHECK(at.line.before_cursor() == "好");
}

TEST_CASE("words are cut, and come back", "[client-cli]") {
  Editing at;
  at.type("one two three");
  at.control("w");
  CHECK(at.line.text() == "one two ");
  at.control("a");
  at.control("y");
  CHECK(at.line.text() == "threeone two ");
  at.control("u");
  CHECK(at.line.text() == "one two ");
  at.control("k");
  CHECK(at.line.text().empty());
}

TEST_CASE("two characters are swapped", "[client-cli]") {
  Editing at;
  at.type("你b");
  at.control("t");
  CHECK(at.line.text() == "b你");
}

TEST_CASE("the view follows the cursor and never leaves its columns", "[client-cli]") {
  Editing at;
  at.type("0123456789 你好 abcdef");
  for (const size_t columns : {2, 3, 8, 20, 40}) {
    const LineView at_end = at.line.view(columns);
    CHECK(columns_of(at_end.text) < columns);
    CHECK(at_end.cursor_columns == columns_of(at_end.text));
  }
  for (int i = 0; i < 6; ++i) at.press(Kind::kLeft);
  CHECK(at.line.view(12).text.find("abcd") != std::string::npos);
  CHECK(columns_of(at.line.view(12).text) <= 12);
  at.press(Kind::kHome);
  CHECK(at.line.view(8).text == "01234567");
  CHECK(at.line.view(8).cursor_columns == 0);
}

TEST_CASE("a secret is not shown, not kept and not cut into sight", "[client-cli]") {
  Editing at;
  at.line.set_secret(true);
  at.type("hunter2");
  CHECK(at.line.view(40).text.empty());
  at.control("u");
  at.line.set_secret(false);
  at.control("y");
  CHECK(at.line.text().empty());
}

TEST_CASE("lines typed before come back, and so does the one begun", "[client-cli]") {
  Editing at;
  at.history.add("first");
  at.history.add("second");
  at.type("begun");
  at.press(Kind::kUp);
  CHECK(at.line.text() == "second");
  at.press(Kind::kUp);
  at.press(Kind::kUp);
  CHECK(at.line.text() == "first");
  at.press(Kind::kDown);
  at.press(Kind::kDown);
  CHECK(at.line.text() == "begun");
}

TEST_CASE("Ctrl-D deletes on a line and is nobody's on an empty one", "[client-cli]") {
  Editing at;
  CHECK_FALSE(at.line.press({Kind::kControl, "d"}));
  at.type("ab");
  at.press(Kind::kHome);
  CHECK(at.line.press({Kind::kControl, "d"}));
  CHECK(at.line.text() == "b");
}

TEST_CASE("a line is bounded", "[client-cli]") {
  Editing at;
  at.type(std::string(LineEditor::kLineEditBytes, 'x'));
  at.type("y");
  CHECK(at.line.text().size() == LineEditor::kLineEditBytes);
}

}  // namespace mpim::chat
