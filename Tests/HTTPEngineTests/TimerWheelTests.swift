import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct TimerWheelTests {
  private let tick: UInt64 = 1 << TimerWheel.tickShift

  private func popAll(_ wheel: inout TimerWheel, now: UInt64) -> Set<Int> {
    var due: Set<Int> = []
    while let slot = wheel.popDue(now: now) { due.insert(slot) }
    return due
  }

  @Test func `is due one tick after the deadline at the latest, never before`() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(3, at: 5 * tick + 7)
    #expect(popAll(&wheel, now: 5 * tick + 7).isEmpty)
    #expect(popAll(&wheel, now: 6 * tick) == [3])
    #expect(popAll(&wheel, now: 600 * tick).isEmpty)
  }

  @Test func `keeps a slot whose deadline moves back where it is`() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(0, at: 10 * tick)
    wheel.schedule(0, at: 100 * tick)
    #expect(popAll(&wheel, now: 11 * tick) == [0])
  }

  @Test func `moves a slot whose deadline comes nearer`() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(0, at: 100 * tick)
    wheel.schedule(0, at: 10 * tick)
    #expect(popAll(&wheel, now: 11 * tick) == [0])
    #expect(popAll(&wheel, now: 200 * tick).isEmpty)
  }

  @Test func `looks at deadlines beyond its span early`() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(0, at: 10_000 * tick)
    #expect(popAll(&wheel, now: 510 * tick).isEmpty)
    #expect(popAll(&wheel, now: 512 * tick) == [0])
  }

  @Test func `forgets a cancelled slot`() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(1, at: tick)
    wheel.schedule(2, at: tick)
    wheel.cancel(1)
    wheel.cancel(1)
    wheel.cancel(77)
    #expect(popAll(&wheel, now: 5 * tick) == [2])
  }

  @Test func `says how long it can sleep`() {
    var wheel = TimerWheel(now: 0)
    #expect(wheel.millisecondsUntilDue(now: 0) == nil)
    wheel.schedule(0, at: 60 * tick)
    #expect(wheel.millisecondsUntilDue(now: 0) == Int32(61 * tick / 1_000_000) + 1)
    wheel.schedule(1, at: 2 * tick)
    #expect(wheel.millisecondsUntilDue(now: 0) == Int32(3 * tick / 1_000_000) + 1)
    wheel.cancel(1)
    #expect(wheel.millisecondsUntilDue(now: 0) == Int32(61 * tick / 1_000_000) + 1)
    #expect(wheel.millisecondsUntilDue(now: 70 * tick) == 0)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `agrees with a plain list of deadlines`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var wheel = TimerWheel(now: 0)
    var deadlines: [Int: UInt64] = [:]
    var now: UInt64 = 0
    for _ in 0..<3000 {
      let slot = Int.random(in: 0..<40, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        wheel.cancel(slot)
        deadlines[slot] = nil
      case 1:
        now += UInt64.random(in: 0..<40 * tick, using: &random)
      default:
        let deadline = now + UInt64.random(in: 0..<800 * tick, using: &random)
        deadlines[slot] = deadline
        wheel.schedule(slot, at: deadline)
      }
      var fired: Set<Int> = []
      while let slot = wheel.popDue(now: now) {
        guard let deadline = deadlines[slot] else { continue }
        if deadline <= now { fired.insert(slot) } else { wheel.schedule(slot, at: deadline) }
      }
      let overdue = deadlines.filter { $0.value + 2 * tick <= now }.map(\.key)
      #expect(fired.isSuperset(of: overdue), "seed \(seed)")
      for slot in fired { deadlines[slot] = nil }
    }
  }
}
