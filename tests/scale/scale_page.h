// The tables of docs/scale.md.
#pragma once

#include <string>
#include <vector>

#include "tests/scale/capacity.h"

namespace mpim::scale {

// Model and count side by side, for one way of finding a group's nodes each.
struct Compared {
  Traffic traffic;
  Rates model;
  Rates counted;
};

std::string counted_table(const std::vector<Compared>& runs);
// What believing an answer for longer is worth, by the model.
std::string cache_table(const Traffic& traffic, const std::vector<double>& seconds);
std::string capacity_table(const std::vector<Capacity>& needs);

// The page with what stands between `<!-- name -->` and `<!-- /name -->` replaced.
std::string with_section(const std::string& page, const std::string& name, const std::string& text);

}  // namespace mpim::scale
