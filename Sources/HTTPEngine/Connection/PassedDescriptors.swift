internal import CLinux

/// A descriptor that a client has passed over a Unix-domain socket; closed with the last reference.
public final class PassedDescriptor: Sendable {
  /// Its number in this process; valid as long as this object.
  public let number: Int32
  private let place: PassedPlace?

  /// Takes over a descriptor, and a place that it gives back.
  init(_ number: Int32, place: PassedPlace?) {
    self.number = number
    self.place = place
  }

  /// Takes over a descriptor that was not passed, for tests and requests in the same process.
  public convenience init(adopting number: Int32) { self.init(number, place: nil) }

  deinit {
    // Whatever it is, and however long it takes; until then it keeps its place.
    Closer.ofDescriptors.run { [number, place] in
      _ = clinux_close(number)
      place?.giveBack()
    }
  }
}

/// What has been passed over one connection and belongs to no request yet.
///
/// The kernel ends a read after the bytes that descriptors were sent with, so they belong to the
/// request in which the last byte of that read lies, however requests were cut and joined.
struct PassedDescriptors {
  private struct Waiting {
    let descriptor: PassedDescriptor?
    /// How many bytes of the connection had been received when it came.
    let end: Int
  }

  /// The most that one request may have.
  static let most = CLINUX_PASSED_MOST

  private var waiting: [Waiting] = []
  private var received = 0

  /// Whether no descriptor waits.
  var isEmpty: Bool { waiting.isEmpty }

  /// Counts bytes, and keeps what came with the last of them.
  ///
  /// - Parameters:
  ///   - bytes: How many were read.
  ///   - descriptors: What came with them.
  ///   - isShort: More came that could not be kept; their request will be told.
  /// - Returns: False when more wait than one request may have; the connection cannot go on then.
  mutating func received(
    _ bytes: Int, with descriptors: [PassedDescriptor], isShort: Bool = false
  ) -> Bool {
    received += bytes
    guard isShort || !descriptors.isEmpty else { return true }
    waiting += descriptors.map { Waiting(descriptor: $0, end: received) }
    if isShort { waiting.append(Waiting(descriptor: nil, end: received)) }
    return waiting.count <= Self.most
  }

  /// Takes what belongs to a request that has just been read to its end.
  ///
  /// - Parameter unused: Bytes that have been received behind the request.
  /// - Returns: The descriptors in their order, and whether some could not be kept; those of earlier
  ///   requests are closed already.
  mutating func take(unused: Int) -> (descriptors: [PassedDescriptor], isShort: Bool) {
    guard !waiting.isEmpty else { return ([], false) }
    let end = received - unused
    let own = waiting.prefix { $0.end <= end }
    waiting.removeFirst(own.count)
    return (own.compactMap(\.descriptor), own.contains { $0.descriptor == nil })
  }
}
