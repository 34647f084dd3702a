#include "server/gateway/rest/rest_query.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/protocol/http/http_query.h"

namespace mpim {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// By its name in JSON; null: there is none.
const FieldDescriptor* field_called(std::string_view name, const Message& message) {
  const auto* const type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i)
    if (type->field(i)->json_name() == name) return type->field(i);
  return nullptr;
}

bool is_set(std::string_view name, const Message& message) {
  const FieldDescriptor* const field = field_called(name, message);
  return field != nullptr && message.GetReflection()->HasField(message, field);
}

// The field that a parameter sets; null: there is none.
const FieldDescriptor* field_of(std::string_view parameter, const RestRow& row,
                                const Message& message) {
  if (row.fields.empty()) return field_called(parameter, message);
  const auto found = std::ranges::find(row.fields, parameter, &RestField::query);
  return found == row.fields.end() ? nullptr : field_called(found->field, message);
}

template <class Number>
Result<Number> number(std::string_view value, std::string_view what) {
  MPIM_TRY(const uint64_t read,
           parse_number(value, what, 0, static_cast<uint64_t>(std::numeric_limits<Number>::max())));
  return static_cast<Number>(read);
}

Result<void> set(const FieldDescriptor& field, std::string_view what, const std::string& value,
                 Message& into) {
  const auto* const reflection = into.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64: {
      MPIM_TRY(const auto read, number<uint64_t>(value, what));
      reflection->SetUInt64(&into, &field, read);
      return {};
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      MPIM_TRY(const auto read, number<int64_t>(value, what));
      reflection->SetInt64(&into, &field, read);
      return {};
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      MPIM_TRY(const auto read, number<uint32_t>(value, what));
      reflection->SetUInt32(&into, &field, read);
      return {};
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (!is_text(value))
        return Error{Code::kBadText, std::string(what) + " must be UTF-8 without NUL"};
      reflection->SetString(&into, &field, value);
      return {};
    default: return Error{Code::kInternal, std::string(what) + " is of a type that no query has"};
  }
}

}  // namespace

Result<void> read_query(std::string_view query, const RestRow& row, Message& into) {
  std::set<const FieldDescriptor*> seen;
  for (std::string_view rest = query; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::string_view name = pair.substr(0, pair.find('='));
    if (name.empty()) continue;
    const FieldDescriptor* const field = field_of(name, row, into);
    if (field == nullptr || field->is_repeated())
      return Error{Code::kBadRequest,
                   std::string(row.path) + " takes no parameter '" + shown(name) + "'"};
    if (!seen.insert(field).second)
      return Error{Code::kBadRequest, shown(name) + " is given twice"};
    const std::optional<std::string> value = query_value(pair, name);
    MPIM_CHECKED(set(*field, name, value.value_or(""), into));
  }
  for (const RestDefault& each : row.defaults) {
    if (is_set(each.field, into) || is_set(each.unless, into)) continue;
    MPIM_CHECKED(set(*field_called(each.field, into), each.field, std::string(each.value), into));
  }
  return {};
}

}  // namespace mpim
