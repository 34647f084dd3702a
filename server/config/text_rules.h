// What a setting's text must look like, where bounds cannot say it.
#pragma once

#include "server/config/settings_table.h"

namespace mpim {

extern const TextRule kAddressRule;
extern const TextRule kMysqlRule;
extern const TextRule kNodeIdRule;
extern const TextRule kOriginsRule;
extern const TextRule kRedisRule;
extern const TextRule kSocketRule;
extern const TextRule kTypesRule;
extern const TextRule kZooRule;

}  // namespace mpim
