// How a user's presence looks.
#pragma once

#include <span>

#include "ops/output.h"
#include "ops/contract.h"

namespace mpim::ops {

std::span<const Column> presence_columns();
// With the devices' names as one text beside what the message has.
Value presence_item(const v1::Presence& row);

}  // namespace mpim::ops
