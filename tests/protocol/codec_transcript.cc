#include "tests/protocol/codec_transcript.h"

#include <charconv>

#include "server/protocol/line_client.h"
#include "server/protocol/line_codec.h"
#include "server/protocol/line_encoding.h"
#include "tests/protocol/describe.h"
#include "tests/protocol/samples.h"

namespace mpim {
namespace {

void answer_request(const std::string& bytes, std::vector<std::string>& out) {
  LineCodec codec({.line_bytes_max = 200, .text_bytes_max = 40});
  std::vector<Incoming> parsed;
  codec.feed(bytes + "\n", parsed);
  for (const Parsed& one : parsed) {
    if (one.ok()) {
      out.push_back("= " + describe(*one));
      continue;
    }
    std::string said = "< ";
    line::encode(Response(one.error()), said);
    said.pop_back();
    out.push_back(said);
  }
}

void show_sample(std::string_view name, std::vector<std::string>& out) {
  for (const Sample& sample : all_samples()) {
    if (sample.name != name) continue;
    for (const std::string& line : lines_of(encoded(sample.event))) {
      out.push_back("< " + line);
      out.push_back("= " + describe(parse_server_line(line)));
    }
    return;
  }
  out.push_back("(there is no such sample)");
}

char escape_named(char name) {
  switch (name) {
    case 'r': return '\r';
    case 'n': return '\n';
    case 't': return '\t';
    case '0': return '\0';
    default: return name;
  }
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> replay(const std::vector<std::string>& transcript) {
  std::vector<std::string> out;
  for (const std::string& line : transcript) {
    if (line.starts_with("= ") || line.starts_with("< ")) continue;
    out.push_back(line);
    if (line.starts_with("> "))
      answer_request(line.substr(2), out);
    else if (line.starts_with(">~ "))
      answer_request(unescaped(line.substr(3)), out);
    else if (line.starts_with("@ "))
      show_sample(line.substr(2), out);
  }
  return out;
}

std::string unescaped(std::string_view typed) {
  std::string out;
  for (size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] != '\\' || i + 1 == typed.size()) {
      out += typed[i];
    } else if (typed[++i] == 'x' && i + 2 < typed.size()) {
      unsigned value = 0;
      std::from_chars(typed.data() + i + 1, typed.data() + i + 3, value, 16);
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += escape_named(typed[i]);
    }
  }
  return out;
}

}  // namespace mpim
