/// Deadlines of many slots in buckets of one tick, pure: time comes in as a number.
///
/// A slot that moves its deadline back stays where it is and is looked at once more when its
/// bucket is due; thus a busy connection that prolongs its deadline with each request costs
/// nothing. Deadlines beyond the wheel's span wait in the last bucket and are looked at again.
struct TimerWheel {
  /// Nanoseconds per tick, as a power of two: 2^24 ns, about 17 ms.
  static let tickShift: UInt64 = 24
  static let bucketCount: UInt64 = 512

  private static let none: Int32 = -1

  private struct Node {
    var next = TimerWheel.none
    var previous = TimerWheel.none
    /// The tick at which the slot is looked at; nil when it is not in the wheel.
    var tick: UInt64?
  }

  private var heads = [Int32](repeating: TimerWheel.none, count: Int(TimerWheel.bucketCount))
  private var nodes: [Node] = []
  private var occupied = 0
  /// All buckets before this tick are empty.
  private var current: UInt64
  /// No bucket before this tick is occupied; kept so that looking for the next one is cheap.
  private var earliest: UInt64

  init(now: UInt64) {
    current = now >> TimerWheel.tickShift
    earliest = current
  }

  /// Makes sure that `slot` is looked at no later than one tick after `deadline`.
  mutating func schedule(_ slot: Int, at deadline: UInt64) {
    while nodes.count <= slot { nodes.append(Node()) }
    // One tick later, so that the deadline has passed when the bucket is due.
    let wanted = (deadline >> TimerWheel.tickShift) &+ 1
    let tick = min(max(wanted, current), current + TimerWheel.bucketCount - 1)
    if let scheduled = nodes[slot].tick {
      guard tick < scheduled else { return }
      unlink(slot)
    }
    link(slot, at: tick)
  }

  /// Takes a slot out.
  mutating func cancel(_ slot: Int) {
    guard slot < nodes.count, nodes[slot].tick != nil else { return }
    unlink(slot)
  }

  /// Takes one slot whose bucket is due; nil when there is none.
  ///
  /// Not every such slot's deadline has passed: the caller schedules those again.
  mutating func popDue(now: UInt64) -> Int? {
    let end = now >> TimerWheel.tickShift
    guard occupied > 0 else {
      current = max(current, end)
      return nil
    }
    while current <= end {
      let head = heads[bucket(current)]
      if head != TimerWheel.none {
        unlink(Int(head))
        return Int(head)
      }
      guard current < end else { return nil }
      current += 1
    }
    return nil
  }

  /// Milliseconds until a bucket is due; nil when the wheel is empty.
  mutating func millisecondsUntilDue(now: UInt64) -> Int32? {
    guard occupied > 0 else { return nil }
    earliest = max(earliest, current)
    while heads[bucket(earliest)] == TimerWheel.none { earliest += 1 }
    let due = earliest << TimerWheel.tickShift
    return due <= now ? 0 : Int32((due - now) / 1_000_000) + 1
  }

  private func bucket(_ tick: UInt64) -> Int { Int(tick % TimerWheel.bucketCount) }

  private mutating func link(_ slot: Int, at tick: UInt64) {
    let index = bucket(tick)
    let head = heads[index]
    nodes[slot] = Node(next: head, previous: TimerWheel.none, tick: tick)
    if head != TimerWheel.none { nodes[Int(head)].previous = Int32(slot) }
    heads[index] = Int32(slot)
    earliest = occupied == 0 ? tick : min(earliest, tick)
    occupied += 1
  }

  private mutating func unlink(_ slot: Int) {
    let node = nodes[slot]
    guard let tick = node.tick else { return }
    if node.previous == TimerWheel.none {
      heads[bucket(tick)] = node.next
    } else {
      nodes[Int(node.previous)].next = node.next
    }
    if node.next != TimerWheel.none { nodes[Int(node.next)].previous = node.previous }
    nodes[slot] = Node()
    occupied -= 1
  }
}
