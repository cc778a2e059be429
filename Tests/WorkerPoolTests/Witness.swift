import Glibc
import Synchronization

/// Something that becomes true.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() { value.store(true, ordering: .releasing) }
}

/// Sets a flag when the last reference goes.
final class Witness: Sendable {
  private let flag: Flag

  init(_ flag: Flag) { self.flag = flag }

  deinit { flag.set() }
}

/// A count that many threads change.
final class Count: Sendable {
  private let count = Atomic<UInt64>(0)

  var value: UInt64 { count.load(ordering: .relaxed) }

  func increment() { count.wrappingAdd(1, ordering: .relaxed) }

  func raise(to value: Int) { count.max(UInt64(value), ordering: .relaxed) }
}

/// Lets other threads go first.
func giveWay() { _ = sched_yield() }
