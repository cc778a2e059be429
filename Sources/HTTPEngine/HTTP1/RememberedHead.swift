internal import Glibc

/// The last head of a connection, so that the same bytes are not read twice.
///
/// A client that keeps a connection mostly repeats itself: probes and engines send the same fields
/// with every request. What a head means depends on its bytes alone, so equal bytes need only be
/// compared, which is an order of magnitude cheaper than reading them.
struct RememberedHead {
  /// Longer heads are not kept: an idle connection should cost little memory.
  private static var maximumBytes: Int { 1024 }

  private let bytes: [UInt8]
  let head: RequestHead
  let rules: MessageRules

  /// Remembers a head that has been read, unless it is too long.
  init?(_ bytes: Span<UInt8>, _ head: RequestHead, _ rules: MessageRules) {
    guard bytes.count <= RememberedHead.maximumBytes else { return nil }
    // The pointer is used only inside the closure.
    self.bytes = unsafe bytes.withUnsafeBufferPointer { unsafe [UInt8]($0) }
    self.head = head
    self.rules = rules
  }

  /// The length of the head, its empty line included.
  var count: Int { bytes.count }

  /// Whether the input begins with this head.
  func begins(_ input: Span<UInt8>) -> Bool {
    guard input.count >= bytes.count else { return false }
    // As many bytes as `bytes` has are there, checked above.
    return unsafe input.withUnsafeBytes { other in
      unsafe bytes.withUnsafeBytes { own in
        guard let own = own.baseAddress, let other = other.baseAddress else { return false }
        return unsafe memcmp(own, other, count) == 0
      }
    }
  }
}
