#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "server/core/errors.h"

namespace mpim {
namespace {

TEST_CASE("every code of the registry can be found by its number and its name", "[core][X15]") {
  for (const CodeEntry& entry : all_codes()) {
    INFO(entry.name);
    CHECK(&entry_of(entry.code) == &entry);
    CHECK(code_named(entry.name) == entry.code);
    CHECK(name_of(entry.code) == entry.name);
  }
  CHECK(code_named("not_found") == Code::kNotFound);
  CHECK(code_named("NOT_FOUN") == std::nullopt);
  CHECK(code_named("") == std::nullopt);
}

TEST_CASE("every code says when it comes, what to do, and how each protocol shows it",
          "[core][G49][X15]") {
  // Exit codes of the command-line contract that an error may end in, and HTTP's own classes.
  constexpr std::array kExitCodes{1, 2, 4, 5, 6, 7, 8, 9, 70};
  for (const CodeEntry& entry : all_codes()) {
    INFO(entry.name);
    CHECK(entry.meaning.size() > 10);
    CHECK(entry.remedy.size() > 10);
    CHECK(std::ranges::count(kExitCodes, entry.exit_code) == 1);
    CHECK(entry.http_status >= 400);
    CHECK(entry.http_status < 600);
    CHECK_FALSE(entry.connect_code.empty());
    CHECK(entry.meaning.find('\n') == std::string_view::npos);
    CHECK(entry.remedy.find('\n') == std::string_view::npos);
  }
}

TEST_CASE("what is unavailable for now may be tried again, what is wrong may not", "[core]") {
  CHECK(entry_of(Code::kBusy).retryable);
  CHECK(entry_of(Code::kUnknown).retryable);
  CHECK_FALSE(entry_of(Code::kBadRequest).retryable);
  CHECK_FALSE(entry_of(Code::kConflict).retryable);
}

constexpr std::string_view kBegin = "<!-- registry: begin -->\n";
constexpr std::string_view kEnd = "<!-- registry: end -->\n";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string registry_table() {
  std::ostringstream out;
  out << "| code | when | what to do | again? | HTTP | Connect | exit |\n"
         "|---|---|---|---|---|---|---|\n";
  for (const CodeEntry& entry : all_codes()) {
    out << "| `" << entry.name << "` | " << escaped(entry.meaning) << " | " << escaped(entry.remedy)
        << " | " << (entry.retryable ? "yes" : "no") << " | " << entry.http_status << " | "
        << entry.connect_code << " | " << static_cast<int>(entry.exit_code) << " |\n";
  }
  return out.str();
}

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("docs/errors.md shows the registry as it is", "[core][X15]") {
  const std::string path = MPIM_SOURCE_DIR "/docs/errors.md";
  std::string text = file_text(path);
  const size_t begin = text.find(kBegin);
  const size_t end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const size_t from = begin + kBegin.size();
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr) {
    text.replace(from, end - from, registry_table());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the table");
  CHECK(text.substr(from, end - from) == registry_table());
}

}  // namespace
}  // namespace mpim
