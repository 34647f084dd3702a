// Codec transcripts: readable files that say what bytes mean, without a server. The format stands
// at the top of fixtures/transcripts/codec_requests.txt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpim {

std::vector<std::string> lines_of(std::string_view text);

// The transcript as the codec of today would make it: the lines that begin with '>', '@' or '#' and
// the blank ones as they are, the '=' and '<' lines made anew.
std::vector<std::string> replay(const std::vector<std::string>& transcript);

// What stands behind ">~ ": \r \n \t \\ \0 and \xNN become bytes.
std::string unescaped(std::string_view typed);

}  // namespace mpim
