import FuzzHarness
import TensorCoding
import Tensors

/// What holds for every JSON document, whatever it is for.
enum DocumentChecks {
  /// A document that is read can be written, and reading that gives the same values.
  static func check(_ storage: TensorStorage) {
    guard let value = try? JSONDocument.parse(storage) else { return }
    _ = try? TensorJSON.decode(JSONCursor(value))
    checkNumbers(value, storage.bytes)
    var writer = JSONWriter()
    write(value, to: &writer)
    let copy = TensorStorage(exactly: writer.bytes[...])
    guard let again = try? JSONDocument.parse(copy.bytes) else {
      fatalError("broken: what is written can be read")
    }
    FuzzHarness.require(isEqual(value, again), "writing and reading keep every value")
  }

  /// A number, or a list of nothing else, has the values that the standard library reads.
  private static func checkNumbers(_ value: JSONValue, _ bytes: RawSpan) {
    let text = (0..<bytes.byteCount).map { bytes.byte(at: $0) }
      .split { byte in "[], \t\r\n".utf8.contains(byte) }
      .map { String(decoding: $0, as: UTF8.self) }
    switch value {
    case .number(let number):
      FuzzHarness.require(
        [number.double.bitPattern] == text.map { Double($0)?.bitPattern }, "\(number) is \(text)")
    case .numbers(let numbers) where numbers.shape.count == 1:
      FuzzHarness.require(text.count == numbers.count, "every number is read")
      for (index, spelling) in text.enumerated() {
        checkNarrowing(numbers.values[index], of: spelling)
      }
    default: return
    }
  }

  /// A packed number rounds to binary32 as its decimal does; for that it may be a neighbour of the
  /// nearest binary64.
  private static func checkNarrowing(_ value: Double, of spelling: String) {
    let (nearest, narrow) = (Double(spelling) ?? .nan, Float(spelling) ?? .nan)
    FuzzHarness.require(
      [nearest, nearest.nextUp, nearest.nextDown].contains(value) && value.sign == nearest.sign,
      "\(value) is \(spelling)")
    FuzzHarness.require(
      Float(value).bitPattern == narrow.bitPattern, "\(value) rounds as \(spelling)")
  }

  private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
    switch value {
    case .null: writer.null()
    case .bool(let truth): writer.value(truth)
    case .number(let number): write(number, to: &writer)
    case .string(let text): writer.value(text)
    case .text(let text): writer.value(text.string)
    case .array(let elements):
      writer.array { for element in elements { write(element, to: &$0) } }
    case .object(let object):
      writer.object {
        for (key, member) in object.members {
          $0.key(key)
          write(member, to: &$0)
        }
      }
    case .numbers: writer.array { for element in value.elements ?? [] { write(element, to: &$0) } }
    }
  }

  private static func write(_ number: JSONNumber, to writer: inout JSONWriter) {
    if let integer = number.integer, integer != 0 || number.double.sign == .plus {
      writer.value(Int(integer))
    } else {
      writer.value(number.double)
    }
  }

  private static func isEqual(_ first: JSONValue, _ second: JSONValue) -> Bool {
    switch (first, second) {
    case (.null, .null): return true
    case (.bool(let one), .bool(let other)): return one == other
    case (.string(let one), .string(let other)): return one.utf8.elementsEqual(other.utf8)
    case (.number(let one), .number(let other)):
      return one.double.bitPattern == other.double.bitPattern
    case (.object(let one), .object(let other)):
      return one.members.elementsEqual(other.members) {
        $0.key.utf8.elementsEqual($1.key.utf8) && isEqual($0.value, $1.value)
      }
    default:
      guard let one = first.elements, let other = second.elements else { return false }
      return one.elementsEqual(other, by: isEqual)
    }
  }
}
