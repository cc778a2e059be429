internal import CLinux
internal import HTTPEngine
import Tensors

/// Memory that a client has registered: read in a mapping if it can neither shrink nor have holes,
/// else by calls; written in a mapping if it cannot shrink, else by calls.
///
/// Its content is the client's, who may change it at any moment. So nothing read from it may decide
/// about memory: the service takes numbers from it and nothing else, and copies those that it looks
/// at twice (docs/decisions/0011-shared-memory.md).
///
/// Pages that the service touches first are charged to it, so what it touches has to be there: calls
/// read holes without filling them, and outputs go where none were when the request came.
///
/// Safety: a mapping stays readable, because the seals that were checked cannot be taken off, and it is
/// undone with its last reference; views of it hold this object, which holds it.
@safe
final class SharedRegion: @unchecked Sendable {
  // @unchecked Sendable: an address and a descriptor that never change; see above for the content.

  /// How the service gets at the bytes.
  enum Kind: String, Sendable {
    /// A POSIX shared memory object, read and written by system calls.
    case system
    /// A sealed memfd.
    case memfd
  }

  let kind: Kind
  /// Which memory it is a part of.
  let identity: MemoryFile.Identity
  /// Where it begins in that memory.
  let offset: Int
  let byteCount: Int
  let isWritable: Bool
  /// What calls read; nil where the mapping is read.
  private let file: MemoryFile?
  private let mapping: RegionMapping?
  private let claim: RegionClaim

  /// Maps a part of a memfd.
  ///
  /// - Parameters:
  ///   - descriptor: What the client has passed.
  ///   - offset: Where the part begins.
  ///   - byteCount: Its size, at least 1.
  ///   - claim: What it holds of the limits.
  /// - Throws: Why it cannot be used.
  init(
    memfd descriptor: PassedDescriptor, offset: Int, byteCount: Int, claim: RegionClaim
  ) throws(RegionFault) {
    let file = MemoryFile(passed: descriptor)
    guard let before = file.description else { throw .notMemory }
    guard before.keeps_size != 0 else { throw .notSealed }
    // From the seals on the size stays, so this holds for good.
    guard before.holds(byteCount, from: offset) else { throw .tooShort }
    guard clinux_refuses_pages() == 0 else { throw .pagesMayFail }
    // Blocks beyond the end would make up for holes in front of it; new ones cannot come.
    guard clinux_trim(descriptor.number, before.size) == 0,
      let now = file.description, now.is_allocated != 0
    else { throw .notAllocated }
    let inPage = offset % Int(clinux_page_size())
    let count = inPage + byteCount
    // One that is sealed cannot be mapped for writing; one that is not, must be.
    let isWritable = now.keeps_pages == 0
    guard
      let base = unsafe clinux_map_shared(
        descriptor.number, UInt64(offset - inPage), count, isWritable ? 1 : 0)
    else { throw .notMapped }
    kind = .memfd
    identity = before.identity
    self.offset = offset
    self.byteCount = byteCount
    self.isWritable = isWritable
    self.file = isWritable ? file : nil
    mapping = unsafe RegionMapping(base: base, count: count, claim: claim)
    self.claim = claim
  }

  /// Keeps a part of a POSIX object open.
  ///
  /// - Parameters:
  ///   - file: The object.
  ///   - offset: Where the part begins.
  ///   - byteCount: Its size, at least 1.
  ///   - claim: What it holds of the limits.
  /// - Throws: ``RegionFault/tooShort``.
  init(object file: MemoryFile, offset: Int, byteCount: Int, claim: RegionClaim) throws(RegionFault)
  {
    guard let memory = file.description else { throw .noObject }
    guard memory.holds(byteCount, from: offset) else { throw .tooShort }
    kind = .system
    identity = memory.identity
    self.offset = offset
    self.byteCount = byteCount
    isWritable = file.isWritable
    self.file = file
    mapping = nil
    self.claim = claim
  }

  /// The first byte of the region in a mapping; nil where there is none.
  private var base: UnsafeMutableRawPointer? {
    guard let mapping else { return nil }
    return unsafe mapping.base + (mapping.count - byteCount)
  }

  /// A view of mapped bytes; nil where they are read by calls.
  ///
  /// - Parameter range: Bytes inside the region.
  /// - Returns: A view that keeps the region.
  func view(_ range: Range<Int>) -> TensorStorage? {
    requireInside(range)
    guard file == nil, let base = unsafe base else { return nil }
    // In bounds, and the closure keeps the mapping; that the client may write there is dealt with
    // by whoever reads, see above.
    return unsafe TensorStorage(
      adopting: base + range.lowerBound, byteCount: range.count
    ) { [self] in withExtendedLifetime(self) {} }
  }

  /// Copies bytes out; false if a file has become shorter than the region.
  ///
  /// - Parameters:
  ///   - range: Bytes inside the region.
  ///   - bytes: Just as many.
  /// - Returns: Whether all were there.
  func copy(_ range: Range<Int>, into bytes: inout MutableRawSpan) -> Bool {
    requireInside(range)
    precondition(bytes.byteCount == range.count, "the copy has the size of the range")
    return unsafe bytes.withUnsafeMutableBytes { target in
      guard let file else {
        guard let base = unsafe base else { return false }
        unsafe target.copyMemory(
          from: UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
        return true
      }
      return Self.each(range.count) { done in
        // The rest of the target is as long as the rest of the range.
        unsafe clinux_read_at(
          file.descriptor.number, target.baseAddress.map { unsafe $0 + done }, range.count - done,
          UInt64(offset + range.lowerBound + done))
      }
    }
  }

  /// Lets `body` write to mapped bytes; nil, without a call, where there is no writable mapping.
  func withMutableBytes<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    requireInside(range)
    guard isWritable, let base = unsafe base else { return nil }
    // In bounds; the mapping outlives the call.
    var span = unsafe MutableRawSpan(
      _unsafeStart: base + range.lowerBound, byteCount: range.count)
    return try body(&span)
  }

  /// Writes bytes to a file; false if they cannot all be written.
  func write(_ bytes: RawSpan, at start: Int) -> Bool {
    requireInside(start..<start + bytes.byteCount)
    guard isWritable, let file, isAllThere else { return false }
    return unsafe bytes.withUnsafeBytes { source in
      Self.each(source.count) { done in
        // The rest of the source is read.
        unsafe clinux_write_at(
          file.descriptor.number, source.baseAddress.map { unsafe $0 + done }, source.count - done,
          UInt64(offset + start + done))
      }
    }
  }

  /// Whether the memory is still as long as it was and has no holes; always so for what is sealed.
  var isAllThere: Bool {
    guard let file else { return true }
    guard let memory = file.description else { return false }
    return memory.is_allocated != 0 && memory.holds(byteCount, from: offset)
  }

  /// Repeats a call until it has dealt with `count` bytes; false if it does not get on.
  private static func each(_ count: Int, _ call: (_ done: Int) -> Int) -> Bool {
    var done = 0
    while done < count {
      let result = call(done)
      guard result > 0 else { return false }
      done += result
    }
    return true
  }

  private func requireInside(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "inside the region")
  }
}
