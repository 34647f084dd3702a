// Transcripts: what several people type and see, in files that are read by people and played
// against a real server. The format stands at the top of fixtures/transcripts/README.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/line_connection.h"

namespace mpim::testing {

// Where a transcript is played: a server that can be stopped and started.
class Stage {
 public:
  virtual ~Stage() = default;
  // ADDR:PORT of the line protocol, as of now.
  virtual std::string address() const = 0;
  virtual void restart() = 0;         // SIGTERM, and again
  virtual void kill_and_start() = 0;  // SIGKILL, and again
};

// One line of a transcript that says something.
struct TranscriptStep {
  enum class Kind { kSend, kSendRaw, kExpect, kExpectEnd, kReconnect, kRestart, kKill };
  Kind kind;
  size_t line_number = 0;
  std::string who;  // empty for what the server does
  std::string text;
};

struct Transcript {
  std::map<std::string, std::string>
      settings;  // name to TOML value: to be set before the server starts
  std::vector<TranscriptStep> steps;
  std::string fault;  // why it cannot be read; empty when it can
};

Transcript read_transcript(std::string_view text);

// Plays it to the end. Empty when everything was as written; else the line, what it expected, what
// came, and what was seen before, for people to read.
//
// Order    what a person sees must come in the order of his lines, without anything in between.
//          What different people see is not ordered against each other. Entries that a person
//          knows from an earlier connection may come again, as the protocol allows, and are then
//          passed over.
std::string play(const Transcript& transcript, Stage& stage);

// Whether `line` is what `expected` says. <NAME> stands for one word: the first time it is learnt,
// then it must be the same; <*> is any one word, <...> is anything. `captures` is unchanged when it
// is not.
bool matches(std::string_view expected, std::string_view line,
             std::map<std::string, std::string>& captures);

// `text` with every <NAME> that was captured put in.
std::string filled_in(std::string_view text, const std::map<std::string, std::string>& captures);

}  // namespace mpim::testing
