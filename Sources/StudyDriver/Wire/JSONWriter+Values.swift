internal import TensorCoding

extension JSONWriter {
  /// Writes a value that was read; numbers keep their value, not their spelling.
  mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let truth): self.value(truth)
    case .number(let number):
      if let integer = number.integer {
        self.value(Int(integer))
      } else {
        self.value(number.double)
      }
    case .string(let text): self.value(text)
    case .text(let text): self.value(text.string)
    case .object(let object):
      self.object { writer in
        for (key, member) in object.members {
          writer.key(key)
          writer.value(member)
        }
      }
    case .array, .numbers:
      array { writer in
        for element in value.elements ?? [] { writer.value(element) }
      }
    }
  }
}

extension JSONValue {
  /// Reads a document; nil when it is none.
  init?(_ bytes: [UInt8]) {
    // The span is used only during the call.
    guard let value = unsafe try? JSONDocument.parse(bytes.span.bytes) else { return nil }
    self = value
  }

  /// The member of an object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var double: Double? {
    guard case .number(let number) = self else { return nil }
    return number.double
  }

  var integer: Int? {
    guard case .number(let number) = self else { return nil }
    return number.integer.map { Int($0) }
  }

  var truth: Bool? {
    guard case .bool(let truth) = self else { return nil }
    return truth
  }
}
