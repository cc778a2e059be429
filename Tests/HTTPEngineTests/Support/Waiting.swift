import Glibc

@testable import HTTPEngine

/// Polls until a condition holds; false after a time that only a failing test takes.
func eventually(_ condition: () -> Bool) -> Bool {
  let end = MonotonicClock.now + 30_000_000_000
  while MonotonicClock.now < end {
    if condition() { return true }
    usleep(2000)
  }
  return condition()
}

/// Runs the body and returns how many milliseconds it took.
func milliseconds(_ body: () throws -> Void) rethrows -> Int {
  let start = MonotonicClock.now
  try body()
  return Int((MonotonicClock.now - start) / 1_000_000)
}

/// The number of sockets of this process that are bound to a port.
///
/// These are a server's listeners and its ends of connections. Other tests open and close
/// descriptors at the same time, but none of this port.
func openSockets(on port: UInt16) -> Int {
  guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
  defer { unsafe closedir(directory) }
  var count = 0
  while let entry = unsafe readdir(directory) {
    // The name is a C string inside the entry, which lives until the next call.
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    guard let descriptor = Int32(name) else { continue }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // The kernel writes at most `size` bytes of an address.
    let result = unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &size)
      }
    }
    if result == 0, address.sin_family == AF_INET, UInt16(bigEndian: address.sin_port) == port {
      count += 1
    }
  }
  return count
}
