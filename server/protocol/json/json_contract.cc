#include "server/protocol/json/json_contract.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <limits>

#include "server/core/check.h"
#include "server/core/limits.h"
#include "server/protocol/json/json_members.h"
#include "server/protocol/json/json_values.h"

namespace mpim {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The JSON names of a message's fields, in the order of its descriptor.
std::vector<std::string_view> names_of(const Descriptor& type) {
  std::vector<std::string_view> names;
  for (int i = 0; i < type.field_count(); ++i) names.emplace_back(type.field(i)->json_name());
  return names;
}

Result<bool> bool_of(JsonCursor& cursor, std::string_view field) {
  if (cursor.next() != 't' && cursor.next() != 'f')
    return bad_field(field, "true or false is needed");
  MPIM_TRY(const std::string_view word, cursor.take_word());
  return word == "true";
}

// Takes one value into a field, or onto its end if it is repeated.
class ValueReader {
 public:
  ValueReader(JsonCursor& cursor, Message& out, const FieldDescriptor& field)
      : cursor_(cursor),
        out_(out),
        field_(field),
        name_(field.json_name()),
        set_(*out.GetReflection()) {}

  Result<void> take() {
    if (!field_.is_repeated()) return take_one();
    if (cursor_.next() != '[') return bad_field(name_, "an array is needed");
    return cursor_.each_element([this]() -> Result<void> {
      if (set_.FieldSize(out_, &field_) == static_cast<int>(kPullMax))
        return bad_field(name_, fmt::format("at most {} at once", kPullMax));
      return take_one();
    });
  }

 private:
  Result<void> take_one() {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        MPIM_TRY(std::string text, text_of(cursor_, name_));
        field_.is_repeated() ? set_.AddString(&out_, &field_, std::move(text))
                             : set_.SetString(&out_, &field_, std::move(text));
        return {};
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        MPIM_TRY(const bool value, bool_of(cursor_, name_));
        field_.is_repeated() ? set_.AddBool(&out_, &field_, value)
                             : set_.SetBool(&out_, &field_, value);
        return {};
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (cursor_.next() != '{') return bad_field(name_, "an object is needed");
        return read_contract(cursor_, field_.is_repeated() ? *set_.AddMessage(&out_, &field_)
                                                           : *set_.MutableMessage(&out_, &field_));
      default: return take_number();
    }
  }

  // Whole and not negative: the contract has no others.
  Result<void> take_number() {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_UINT32: {
        MPIM_TRY(const uint64_t number, up_to(std::numeric_limits<uint32_t>::max()));
        const auto value = static_cast<uint32_t>(number);
        field_.is_repeated() ? set_.AddUInt32(&out_, &field_, value)
                             : set_.SetUInt32(&out_, &field_, value);
        return {};
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        MPIM_TRY(const uint64_t value, up_to(std::numeric_limits<uint64_t>::max()));
        field_.is_repeated() ? set_.AddUInt64(&out_, &field_, value)
                             : set_.SetUInt64(&out_, &field_, value);
        return {};
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        MPIM_TRY(const uint64_t number, up_to(std::numeric_limits<int64_t>::max()));
        const auto value = static_cast<int64_t>(number);
        field_.is_repeated() ? set_.AddInt64(&out_, &field_, value)
                             : set_.SetInt64(&out_, &field_, value);
        return {};
      }
      default: break;
    }
    MPIM_CHECK(false, "the contract has a field of a type that its JSON is not read in");
    return {};
  }

  Result<uint64_t> up_to(uint64_t max) { return number_of(cursor_, name_, 0, max); }

  JsonCursor& cursor_;
  Message& out_;
  const FieldDescriptor& field_;
  std::string_view name_;
  const Reflection& set_;
};

// Appends the object of a message, field by field.
class ObjectWriter {
 public:
  ObjectWriter(const Message& from, std::string& out)
      : from_(from), get_(*from.GetReflection()), out_(out), members_(out) {}

  void write() {
    const Descriptor& type = *from_.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (field.is_repeated())
        write_array(field);
      else if (get_.HasField(from_, &field))
        write_one(field);
    }
    members_.end();
  }

 private:
  void write_one(const FieldDescriptor& field) {
    const std::string& name = field.json_name();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return members_.text(name, get_.GetStringReference(from_, &field, &scratch_));
      case FieldDescriptor::CPPTYPE_BOOL: return members_.flag(name, get_.GetBool(from_, &field));
      case FieldDescriptor::CPPTYPE_UINT32:
        return members_.number(name, get_.GetUInt32(from_, &field));
      case FieldDescriptor::CPPTYPE_UINT64: return members_.id(name, get_.GetUInt64(from_, &field));
      case FieldDescriptor::CPPTYPE_INT64:
        return members_.id(name, static_cast<uint64_t>(get_.GetInt64(from_, &field)));
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return write_contract(get_.GetMessage(from_, &field), members_.value_of(name));
      default:
        MPIM_CHECK(false, "the contract has a field of a type that its JSON is not written in");
    }
  }

  // Answers list objects, and nothing else.
  void write_array(const FieldDescriptor& field) {
    const int count = get_.FieldSize(from_, &field);
    if (count == 0) return;
    MPIM_CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE,
               "an answer of the contract lists what is no object");
    members_.value_of(field.json_name());
    for (int i = 0; i < count; ++i) {
      out_ += i == 0 ? '[' : ',';
      write_contract(get_.GetRepeatedMessage(from_, &field, i), out_);
    }
    out_ += ']';
  }

  const Message& from_;
  const Reflection& get_;
  std::string& out_;
  JsonMembers members_;
  std::string scratch_;
};

}  // namespace

Result<void> read_contract(JsonCursor& cursor, Message& out) {
  const Descriptor& type = *out.GetDescriptor();
  const std::vector<std::string_view> names = names_of(type);
  JsonFields fields(names);
  return cursor.each_member([&](std::string_view key) -> Result<void> {
    MPIM_TRY(const size_t at, fields.take(key));
    return ValueReader(cursor, out, *type.field(static_cast<int>(at))).take();
  });
}

void write_contract(const Message& from, std::string& out) { ObjectWriter(from, out).write(); }

}  // namespace mpim
