#include "ops/value.h"

#include <google/protobuf/message.h>

namespace mpim::ops {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Value single(const Message& message, const FieldDescriptor& field) {
  const Reflection& read = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64: return Value::id(read.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return Value::text(std::to_string(read.GetInt64(message, &field)));
    case FieldDescriptor::CPPTYPE_UINT32: return Value::number(read.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL: return Value::flag(read.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_STRING: return Value::text(read.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!read.HasField(message, &field)) return {};
      return Value::message(read.GetMessage(message, &field));
    default: return {};  // the contract has no other types
  }
}

Value repeated(const Message& message, const FieldDescriptor& field) {
  const Reflection& read = *message.GetReflection();
  Value::List items;
  for (int i = 0; i < read.FieldSize(message, &field); ++i)
    items.push_back(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE
                        ? Value::message(read.GetRepeatedMessage(message, &field, i))
                        : Value::text(read.GetRepeatedString(message, &field, i)));
  return Value::list(std::move(items));
}

void write_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void new_line(std::string& out, JsonLayout layout, unsigned depth) {
  if (layout == JsonLayout::kPretty) out.append("\n").append(size_t{2} * depth, ' ');
}

}  // namespace

Value Value::message(const Message& message) {
  Object members;
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor& field = *type->field(i);
    members.emplace_back(field.json_name(),
                         field.is_repeated() ? repeated(message, field) : single(message, field));
  }
  return object(std::move(members));
}

const Value& Value::at(std::string_view path) const {
  static const Value kNothing;
  const size_t dot = path.find('.');
  if (const auto* members = std::get_if<Object>(&held_))
    for (const auto& [name, value] : *members)
      if (name == path.substr(0, dot))
        return dot == path.npos ? value : value.at(path.substr(dot + 1));
  return kNothing;
}

const Value::List& Value::items() const {
  static const List kNothing;
  const auto* list = std::get_if<List>(&held_);
  return list != nullptr ? *list : kNothing;
}

const Value::Object& Value::members() const {
  static const Object kNothing;
  const auto* object = std::get_if<Object>(&held_);
  return object != nullptr ? *object : kNothing;
}

std::string Value::plain() const {
  if (const auto* text = std::get_if<std::string>(&held_)) return *text;
  if (const auto* number = std::get_if<uint64_t>(&held_)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&held_)) return *flag ? "yes" : "no";
  return {};
}

void Value::set(std::string_view name, Value value) {
  if (is_null()) held_ = Object{};
  std::get<Object>(held_).emplace_back(name, std::move(value));
}

std::string Value::json(JsonLayout layout) const {
  std::string out;
  write(out, layout, 0);
  return out;
}

void Value::write(std::string& out, JsonLayout layout, unsigned depth) const {
  const char* comma = "";
  if (const auto* text = std::get_if<std::string>(&held_)) {
    write_quoted(out, *text);
  } else if (const auto* number = std::get_if<uint64_t>(&held_)) {
    out += std::to_string(*number);
  } else if (const auto* flag = std::get_if<bool>(&held_)) {
    out += *flag ? "true" : "false";
  } else if (const auto* list = std::get_if<List>(&held_)) {
    out += '[';
    for (const Value& item : *list) {
      out += std::exchange(comma, ",");
      new_line(out, layout, depth + 1);
      item.write(out, layout, depth + 1);
    }
    if (!list->empty()) new_line(out, layout, depth);
    out += ']';
  } else if (const auto* members = std::get_if<Object>(&held_)) {
    out += '{';
    for (const auto& [name, value] : *members) {
      out += std::exchange(comma, ",");
      new_line(out, layout, depth + 1);
      write_quoted(out, name);
      out += layout == JsonLayout::kPretty ? ": " : ":";
      value.write(out, layout, depth + 1);
    }
    if (!members->empty()) new_line(out, layout, depth);
    out += '}';
  } else {
    out += "null";
  }
}

}  // namespace mpim::ops
