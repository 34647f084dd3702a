// What Tab may make of a line: commands, the words their usage names, people and groups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client-cli/commands/command.h"
#include "client-cli/people.h"

namespace mpim::chat {

// Whole words, as complete() takes them.
std::vector<std::string> candidates(std::string_view before_cursor, const People& people);

// The words that a command's usage writes in small letters, which are typed as they stand there:
// "off", "since=", "order=time"; behind keys for people and groups also the names that are known.
std::vector<std::string> words_of_usage(std::string_view usage, const People& people);

}  // namespace mpim::chat
