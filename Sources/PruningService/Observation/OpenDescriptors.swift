// The C library fills structures in place: each pointer is to a local that outlives its call.
import Glibc
import Locking

/// The number of open descriptors of this process, told without holding up the loop that asks.
final class OpenDescriptors: Sendable {
  private struct Count {
    var value: Int
    var countedAt: UInt64
  }

  private static let folder = "/proc/self/fd"
  private static let secondInNanoseconds: UInt64 = 1_000_000_000
  private let last = Locked<Count?>(nil)
  private let readSize: @Sendable () -> Int?

  /// Since Linux 6.2 the size of the folder is the number; older kernels say 0.
  init(readSize: @escaping @Sendable () -> Int? = { OpenDescriptors.folderSize }) {
    self.readSize = readSize
  }

  /// The number now; where it has to be counted one by one, at most a second old.
  ///
  /// - Parameter now: Nanoseconds of ``MonotonicInstant``.
  /// - Returns: How many descriptors are open.
  func count(at now: UInt64) -> Int {
    if let size = readSize() { return size }
    return last.withLock { last in
      if let last, now &- last.countedAt < Self.secondInNanoseconds { return last.value }
      let value = Self.listed
      last = Count(value: value, countedAt: now)
      return value
    }
  }

  /// What the kernel gives as the size of the folder; nil if that says nothing.
  static var folderSize: Int? {
    var status = stat()
    guard unsafe stat(folder, &status) == 0, status.st_size > 0 else { return nil }
    return Int(status.st_size)
  }

  /// The number of entries, one by one.
  static var listed: Int {
    guard let folder = unsafe opendir(folder) else { return 0 }
    defer { unsafe closedir(folder) }
    var count = 0
    while unsafe readdir(folder) != nil { count += 1 }
    // Two entries are not descriptors, and one descriptor is the folder's own.
    return max(count - 3, 0)
  }
}
