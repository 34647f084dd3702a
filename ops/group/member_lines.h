// The file that `group export` writes and `group import` reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/contract.h"
#include "server/core/result.h"

namespace mpim::ops {

struct MemberFile {
  std::optional<v1::Group> group;  // name, description, notice, join and owner alone
  std::vector<v1::NewMember> members;
  std::vector<size_t> lines;  // where each of them stands, counted from 1
};

// One a line: an object of JSON as export writes it, {"kind":"group",...} or {"kind":"member",...},
// or `user[,role]`. A user with a name goes by it, whatever his id was where the file comes from.
// Empty lines and those that begin with # are passed over. A role is member or admin; what begins
// with a group is an export, and names its owner too.
// Errors   kBadRequest names the line, counted from 1.
Result<MemberFile> read_member_file(std::string_view text);

}  // namespace mpim::ops
