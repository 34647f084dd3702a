#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "server/core/group_rights.h"
#include "server/protocol/verbs/verbs.h"
#include "tests/protocol/codec_transcript.h"
#include "tests/protocol/samples.h"

using namespace mpim;

namespace {

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return lines_of(text.str());
}

std::vector<std::string> read_transcript(const std::string& name) {
  return read_lines(std::filesystem::path(MPIM_TRANSCRIPTS) / name);
}

// Every line of every transcript.
std::set<std::string> all_transcript_lines() {
  std::set<std::string> all;
  for (const auto& file : std::filesystem::recursive_directory_iterator(MPIM_TRANSCRIPTS)) {
    if (!file.is_regular_file()) continue;
    for (const std::string& line : read_lines(file.path())) all.insert(line);
  }
  return all;
}

void check_golden(const std::string& name) {
  const auto expected = read_transcript(name);
  const auto actual = replay(expected);
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr) {
    std::ofstream file(std::filesystem::path(MPIM_TRANSCRIPTS) / name);
    for (const std::string& line : actual) file << line << "\n";
    return;
  }
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the file; read what it wrote");
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    INFO(name << " line " << i + 1);
    REQUIRE(actual[i] == expected[i]);
  }
  REQUIRE(actual.size() == expected.size());
}

bool has_line(const std::vector<std::string>& lines, const std::string& beginning) {
  return std::ranges::any_of(lines,
                             [&](const std::string& line) { return line.starts_with(beginning); });
}

}  // namespace

TEST_CASE("requests are understood, or refused, as the transcript says",
          "[protocol][G1][G8][G25][G49]") {
  check_golden("codec_requests.txt");
}

TEST_CASE("answers and events read as the transcript says", "[protocol][G2][G3]") {
  check_golden("codec_answers.txt");
}

TEST_CASE("the transcripts show every verb right and wrong, and every sample", "[protocol]") {
  const auto requests = read_transcript("codec_requests.txt");
  for (const VerbRow& row : all_verbs()) {
    // A GSEND is understood as the SENDGROUP it is short for.
    const std::string understood = row.name == "GSEND" ? "SENDGROUP" : std::string(row.name);
    CAPTURE(row.name);
    CHECK(has_line(requests, "= " + understood));
    CHECK(std::ranges::any_of(requests, [&](const std::string& line) {
      return line.starts_with("< -ERR BAD_REQUEST ") &&
             line.ends_with("; usage: " + std::string(row.usage));
    }));
  }
  const auto answers = read_transcript("codec_answers.txt");
  for (const Sample& sample : all_samples()) {
    CAPTURE(sample.name);
    CHECK(has_line(answers, "@ " + std::string(sample.name)));
  }
}

TEST_CASE("the document quotes only what the transcripts show", "[protocol]") {
  const auto shown_lines = all_transcript_lines();
  std::optional<std::string> quoted;  // as it was opened: what a shell runs is another test's
  size_t quotes = 0;
  for (const std::string& line : read_lines(MPIM_PROTOCOL_DOCUMENT)) {
    if (line.starts_with("```")) {
      quoted = quoted ? std::nullopt : std::optional(line);
    } else if (quoted && *quoted != "```sh") {
      CAPTURE(line);
      CHECK(shown_lines.contains(line));
      ++quotes;
    }
  }
  CHECK(quotes > 20);
}

TEST_CASE("the document has every verb with its usage", "[protocol]") {
  std::string document;
  for (const std::string& line : read_lines(MPIM_PROTOCOL_DOCUMENT)) document += line + "\n";
  for (const VerbRow& row : all_verbs()) {
    std::string usage;
    for (const char c : row.usage) usage += c == '|' ? "\\|" : std::string(1, c);
    CAPTURE(usage);
    CHECK(document.find("| `" + usage + "` |") != std::string::npos);
  }
}

TEST_CASE("the document's table of rights in groups is the one that decides",
          "[protocol][P13][P18]") {
  std::string document;
  for (const std::string& line : read_lines(MPIM_PROTOCOL_DOCUMENT)) document += line + "\n";
  const auto cell = [](const GroupRight& right, Role role) -> std::string {
    if (!may(role, right.act)) return " no |";
    return right.to_lower_only ? " below |" : " yes |";
  };
  for (const GroupRight& right : kGroupRights) {
    const std::string row = "| " + std::string(right.words) + " |" + cell(right, Role::kMember) +
                            cell(right, Role::kAdmin) + cell(right, Role::kOwner) + "\n";
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
  }
}
