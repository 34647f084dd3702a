#include "ops/presence/presence_columns.h"

#include <array>

namespace mpim::ops {

std::span<const Column> presence_columns() {
  static constexpr auto kColumns = std::to_array<Column>({
      {"ID", "user.id", Cell::kNumber},
      {"NAME", "user.name"},
      {"STATE", "state"},
      {"SINCE", "sinceMs", Cell::kTime},
      {"LAST SEEN", "seenAtMs", Cell::kTime},
      {"DEVICES", "deviceNames"},
  });
  return kColumns;
}

Value presence_item(const v1::Presence& row) {
  std::string names;
  for (const v1::Device& device : row.devices())
    names += (names.empty() ? "" : ", ") + device.name();
  Value item = Value::message(row);
  item.set("deviceNames", Value::text(names));
  return item;
}

}  // namespace mpim::ops
