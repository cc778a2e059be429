// Memory to share with a service under test. Each pointer is to memory that outlives its call.
import Glibc

/// A memfd or a POSIX shared memory object that a test has mapped.
///
/// Safety: the mapping lives as long as the object; the tests race for its content on purpose.
@safe
public final class SharedMemoryFile: @unchecked Sendable {
  // @unchecked Sendable: the address never changes, and every access is bounded by `count`.

  /// Keeps a memfd from becoming shorter and longer.
  public static let sealSize: Int32 = 2 | 4
  /// Keeps it from being written to but by mappings that are there; holes cannot be made, either.
  public static let sealFutureWrite: Int32 = 16
  /// Keeps it from being written to.
  public static let sealWrite: Int32 = 8

  /// The descriptor.
  public let descriptor: Int32
  /// Bytes of the mapping.
  public let count: Int
  /// The name of a POSIX object.
  public let name: String?
  private var base: UnsafeMutableRawPointer?

  /// Makes a memfd with seals, whose pages are all there unless it is sparse.
  public init(
    count: Int, seals: Int32 = SharedMemoryFile.sealSize, isSparse: Bool = false
  ) {
    descriptor = Self.makeMemfd()
    self.count = count
    name = nil
    ftruncate(descriptor, count)
    if !isSparse { posix_fallocate(descriptor, 0, count) }
    unsafe base = Self.map(descriptor, count)
    // F_SEAL_WRITE needs that nothing is mapped for writing.
    if seals & Self.sealWrite != 0, let mapped = unsafe base {
      unsafe munmap(mapped, count)
      unsafe base = nil
    }
    if seals != 0 { precondition(seal(seals), "memfds can be sealed") }
  }

  /// Adds seals (F_ADD_SEALS).
  public func seal(_ seals: Int32) -> Bool { fcntl(descriptor, 1033, seals) == 0 }

  /// Makes a POSIX object, which is removed with this one.
  public init(name: String, count: Int, isSparse: Bool = false) {
    descriptor = unsafe shm_open(name, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    self.count = count
    self.name = name
    ftruncate(descriptor, count)
    if !isSparse { posix_fallocate(descriptor, 0, count) }
    unsafe base = Self.map(descriptor, count)
  }

  deinit {
    unmap()
    close(descriptor)
    if let name { unsafe shm_unlink(name) }
  }

  /// Undoes the mapping.
  public func unmap() {
    if let mapped = unsafe base { unsafe munmap(mapped, count) }
    unsafe base = nil
  }

  /// Changes the size of what the descriptor is; false if a seal forbids it.
  @discardableResult
  public func truncate(to size: Int) -> Bool { ftruncate(descriptor, size) == 0 }

  /// Takes the pages of a range away, or adds some beyond the end; false if a seal forbids it.
  @discardableResult
  public func allocate(_ range: Range<Int>, _ change: AllocationChange) -> Bool {
    typealias Function = @convention(c) (Int32, Int32, Int, Int) -> Int32
    // As memfd_create below.
    guard let symbol = unsafe dlsym(nil, "fallocate") else { return false }
    let call = unsafe unsafeBitCast(symbol, to: Function.self)
    return call(descriptor, change.rawValue, range.lowerBound, range.count) == 0
  }

  /// What can be done to pages without a change of size (fallocate(2)).
  public enum AllocationChange: Int32, Sendable {
    /// FALLOC_FL_KEEP_SIZE.
    case add = 1
    /// The same with FALLOC_FL_PUNCH_HOLE.
    case punch = 3
  }

  /// Bytes of the pages that it has.
  public var allocated: Int {
    var status = stat()
    // The pointer is to a local.
    unsafe fstat(descriptor, &status)
    return Int(status.st_blocks) * 512
  }

  /// Makes the object another user's; false without the right.
  public func give(to user: UInt32) -> Bool { fchown(descriptor, user, user) == 0 }

  /// Writes bytes.
  public func write(_ bytes: [UInt8], at offset: Int = 0) {
    precondition(offset + bytes.count <= count, "the bytes lie in the mapping")
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe base?.advanced(by: offset).copyMemory(from: start, byteCount: source.count)
    }
  }

  /// Reads bytes.
  public func read(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range is mapped")
    guard let base = unsafe base else { return [] }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count)[range])
  }

  private static func makeMemfd() -> Int32 {
    // glibc declares it only for _GNU_SOURCE, which the Swift module of Glibc is built without.
    typealias Function = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
    let symbol = unsafe dlsym(nil, "memfd_create")
    guard let symbol = unsafe symbol else { return -1 }
    // MFD_CLOEXEC and MFD_ALLOW_SEALING.
    return unsafe unsafeBitCast(symbol, to: Function.self)("test", 3)
  }

  private static func map(_ descriptor: Int32, _ count: Int) -> UnsafeMutableRawPointer? {
    unsafe mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
  }
}

/// A pipe whose one end is passed on: when nobody holds that end any more, the other one tells.
public final class PassedPipe {
  /// The end to pass.
  public private(set) var end: Int32
  private let other: Int32

  /// Makes a pipe.
  public init() {
    var ends: [Int32] = [-1, -1]
    unsafe pipe(&ends)
    other = ends[0]
    end = ends[1]
  }

  deinit {
    closeOwn()
    close(other)
  }

  /// Closes the end that was passed, so that only copies are left.
  public func closeOwn() {
    if end >= 0 { close(end) }
    end = -1
  }

  /// Whether every copy is closed, waiting a while for it.
  public func isClosedEverywhere(milliseconds: Int32 = 5000) -> Bool {
    closeOwn()
    var watched = pollfd(fd: other, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&watched, 1, milliseconds) == 1 && watched.revents & Int16(POLLHUP) != 0
  }
}

/// Sends bytes and passes descriptors with them (SCM_RIGHTS, unix(7)); false when it fails.
@discardableResult
public func sendPassing(_ descriptors: [Int32], with bytes: [UInt8], over socket: Int32) -> Bool {
  // A control message: its length, SOL_SOCKET, SCM_RIGHTS and the descriptors.
  let length = 16 + 4 * descriptors.count
  var control = [UInt8](repeating: 0, count: (length + 7) / 8 * 8)
  unsafe control.withUnsafeMutableBytes { control in
    unsafe control.storeBytes(of: length, as: Int.self)
    unsafe control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
    unsafe control.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)
    for (index, descriptor) in descriptors.enumerated() {
      unsafe control.storeBytes(of: descriptor, toByteOffset: 16 + 4 * index, as: Int32.self)
    }
  }
  var bytes = bytes
  let count = bytes.count
  return unsafe bytes.withUnsafeMutableBytes { bytes in
    unsafe control.withUnsafeMutableBytes { control in
      var piece = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
      return unsafe withUnsafeMutablePointer(to: &piece) { piece in
        var message = unsafe msghdr()
        unsafe message.msg_iov = piece
        unsafe message.msg_iovlen = 1
        if !descriptors.isEmpty {
          unsafe message.msg_control = control.baseAddress
          unsafe message.msg_controllen = control.count
        }
        return unsafe sendmsg(socket, &message, Int32(MSG_NOSIGNAL)) == count
      }
    }
  }
}

extension ServiceConnection {
  /// Sends bytes and passes descriptors with them.
  public func send(_ bytes: [UInt8], passing descriptors: [Int32]) throws {
    guard sendPassing(descriptors, with: bytes, over: descriptor) else { throw Failure.closedEarly }
  }
}
