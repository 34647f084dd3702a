// What the cluster says, laid over a node's own settings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/config/settings.h"

namespace mpim {

struct Overlaid {
  Settings settings;
  std::vector<std::string> left;  // what could not be taken, and why, in words
};

// A value that this program does not know, or would refuse, is left out: the node's own holds.
Overlaid overlay(const Settings& own, const std::map<std::string, std::string>& values);

// A value for all nodes, as it is kept. kNotFound with the nearest name; kBadRequest: it is out of
// bounds, or the setting is none that may change while nodes run.
Result<std::string> accept_live(std::string_view name, std::string_view value);

}  // namespace mpim
