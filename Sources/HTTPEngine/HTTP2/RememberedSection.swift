internal import Glibc

/// Names and values in the order in which they came.
struct FieldSequence {
  private var bytes: [UInt8] = []
  /// Where each name and each value ends.
  private var ends: [(name: Int, value: Int)] = []

  var count: Int { ends.count }
  var byteCount: Int { bytes.count }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    // The pointers are used only inside the closures.
    unsafe name.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    let nameEnd = bytes.count
    unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    ends.append((nameEnd, bytes.count))
  }

  private func start(_ index: Int) -> Int { index == 0 ? 0 : ends[index - 1].value }

  /// Calls `use` with the name and the value of a line.
  func withLine(_ index: Int, _ use: (Span<UInt8>, Span<UInt8>) -> Void) {
    let span = bytes.span
    let (nameEnd, valueEnd) = ends[index]
    use(span.extracting(start(index)..<nameEnd), span.extracting(nameEnd..<valueEnd))
  }

  /// Whether a line is that one.
  func isLine(_ index: Int, _ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
    guard index < ends.count else { return false }
    let first = start(index)
    let (nameEnd, valueEnd) = ends[index]
    guard name.count == nameEnd - first, value.count == valueEnd - nameEnd else { return false }
    return Self.equal(bytes.span.extracting(first..<nameEnd), name)
      && Self.equal(bytes.span.extracting(nameEnd..<valueEnd), value)
  }

  @inline(__always)
  private static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    // Both have the same length, as the caller has made sure, and the pointers stay in the closures.
    unsafe left.withUnsafeBytes { left in
      unsafe right.withUnsafeBytes { right in
        guard let first = left.baseAddress, let other = right.baseAddress else { return true }
        return unsafe memcmp(first, other, left.count) == 0
      }
    }
  }
}

/// A section and the head that was made of it, so that an equal one need not be judged again.
///
/// A client that repeats a request sends the same lines; see ``RememberedHead``.
final class RememberedSection {
  /// Longer sections are not remembered.
  static var longest: Int { 1024 }

  let lines: FieldSequence
  let hasBody: Bool
  let head: RequestHead

  init(_ lines: FieldSequence, hasBody: Bool, head: RequestHead) {
    self.lines = lines
    self.hasBody = hasBody
    self.head = head
  }
}
