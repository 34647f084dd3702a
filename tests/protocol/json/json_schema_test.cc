#include "tests/protocol/json/json_schema.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/protocol/json/json_types.h"
#include "server/protocol/wire/wire_methods.h"
#include "tests/protocol/json/json_transcript.h"

using namespace mpim;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A line for another program's check: the definition that must hold, a tab, the text.
void write_sample(std::ofstream& out, std::string_view definition, std::string_view text) {
  out << definition << '\t' << text << '\n';
}

}  // namespace

TEST_CASE("the published schema is the one of today", "[protocol][json]") {
  const std::filesystem::path path = MPIM_WEBSOCKET_SCHEMA;
  const std::string schema = websocket_schema();
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr) std::ofstream(path) << schema;
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the file");
  CHECK(read_file(path) == schema);
}

TEST_CASE("samples of all that is written, and of what is understood, are kept for the schema",
          "[protocol][json]") {
  std::ofstream out(MPIM_JSON_SAMPLES);
  for (const Sample& sample : all_samples()) {
    if (sample.name.starts_with("help") || sample.name.starts_with("pulled")) continue;
    const bool answer = std::holds_alternative<Response>(sample.event);
    write_sample(out, answer ? "answer" : "push", json_of(sample.event));
  }
  std::ifstream transcript(std::filesystem::path(MPIM_TRANSCRIPTS) / "json" / "requests.txt");
  std::string asked;
  for (std::string line; std::getline(transcript, line);) {
    if (line.starts_with("> ")) asked = line.substr(2);
    if (line.starts_with("= ") && !asked.empty()) write_sample(out, "request", asked);
    if (line.starts_with("< ")) write_sample(out, "answer", line.substr(2));
    if (!line.starts_with("> ")) asked.clear();
  }
  out.close();
  CHECK(out);
}

TEST_CASE("each method of the contract is a type of the envelope", "[protocol][json]") {
  for (const wire::Method& method : wire::all_methods()) {
    CAPTURE(method.type);
    CHECK(find_json_type(method.type) != nullptr);
  }
  for (const JsonTypeRow& row : all_json_types()) {
    CAPTURE(row.name);
    if (row.of_contract()) CHECK(wire::find_type(row.name) != nullptr);
  }
}

TEST_CASE("the document has every type of the envelope", "[protocol][json]") {
  const std::string document = read_file(MPIM_PROTOCOL_DOCUMENT);
  for (const JsonTypeRow& row : all_json_types()) {
    CAPTURE(row.name);
    CHECK(document.find("\n| `" + std::string(row.name) + "` |") != std::string::npos);
  }
}
