import Locking
import TensorCoding

/// The headers of recent safetensors bodies, so that one that comes again is compared, not read.
///
/// A client mostly repeats itself: the same tensors and settings, other numbers. Nothing that a tensor
/// holds is kept, and a header is found only by all of its bytes.
final class RecentHeaders: Sendable {
  /// As many clients, or kinds of requests, as take turns without reading headers anew.
  static let capacity = 8
  /// Longer headers are not kept.
  static let longest = 4 << 10

  private let limits: CodingLimits
  /// The one that came last is last.
  private let outlines = Locked<[SafetensorsOutline]>([])

  /// Remembers nothing yet.
  init(limits: CodingLimits) { self.limits = limits }

  /// How many headers are remembered.
  var count: Int { outlines.withLock(\.count) }

  /// What the header of a file says that is there up to the header's end at least.
  ///
  /// - Returns: Nil for a header that is too long to keep.
  /// - Throws: What reading the header throws.
  func outline(
    _ file: RawSpan, fileByteCount: Int
  ) throws(CodingError) -> SafetensorsOutline? {
    let recent = outlines.withLock { $0 }
    for outline in recent where outline.describes(file, fileByteCount: fileByteCount) {
      return outline
    }
    let size = try SafetensorsOutline.byteCount(
      from: file, fileByteCount: fileByteCount, limits: limits)
    guard let size, size <= Self.longest else { return nil }
    let outline = try SafetensorsOutline(file, fileByteCount: fileByteCount, limits: limits)
    outlines.withLock { outlines in
      if outlines.count == Self.capacity { outlines.removeFirst() }
      outlines.append(outline)
    }
    return outline
  }
}
