#include "ops/errors/code_item.h"

namespace mpim::ops {

Value code_item(const CodeEntry& entry) {
  return Value::object({{"code", Value::text(entry.name)},
                        {"meaning", Value::text(entry.meaning)},
                        {"remedy", Value::text(entry.remedy)},
                        {"retryable", Value::flag(entry.retryable)},
                        {"exitCode", Value::number(entry.exit_code)},
                        {"httpStatus", Value::number(entry.http_status)},
                        {"connectCode", Value::text(entry.connect_code)}});
}

}  // namespace mpim::ops
