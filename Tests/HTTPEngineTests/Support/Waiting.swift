import Glibc

@testable import HTTPEngine

/// Polls until a condition holds; false after two seconds.
func eventually(_ condition: () -> Bool) -> Bool {
  let end = MonotonicClock.now + 2_000_000_000
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

/// The number of descriptors that this process has open.
func openDescriptors() -> Int {
  guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
  defer { unsafe closedir(directory) }
  var count = 0
  while unsafe readdir(directory) != nil { count += 1 }
  return count
}
