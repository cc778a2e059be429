import TensorCoding

/// Thrown where a value is not of the case that the test is about.
struct Failure: Error {}

/// A compact picture of a value, for tables of expectations.
func describe(_ value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .bool(let bool): "\(bool)"
  case .number(let number): number.integer.map { "\($0)" } ?? "\(number.double)"
  case .string(let string): "'\(string)'"
  case .text(let text): "'\(text.string)'"
  case .array(let values): "[\(values.map(describe).joined(separator: ", "))]"
  case .object(let object):
    "{\(object.members.map { "\($0.key): \(describe($0.value))" }.joined(separator: ", "))}"
  case .numbers(let numbers):
    "<\(numbers.shape)\(numbers.isInteger ? "i" : "") "
      + numbers.values.indices.map { "\(numbers.values[$0])" }.joined(separator: " ") + ">"
  }
}

func parse(_ text: String, limits: CodingLimits = CodingLimits()) throws(CodingError) -> JSONValue {
  try parse(Array(text.utf8), limits: limits)
}

func parse(
  _ bytes: [UInt8], limits: CodingLimits = CodingLimits()
) throws(CodingError) -> JSONValue {
  // Bytes have no padding between them.
  try JSONDocument.parse(unsafe bytes.span.bytes, limits: limits)
}

/// What a closure throws; nil if nothing.
func refusal<Value>(_ body: () throws(CodingError) -> Value) -> CodingError? {
  do throws(CodingError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}
