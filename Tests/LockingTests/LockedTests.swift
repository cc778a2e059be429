import Testing

@testable import Locking

struct LockedTests {
  struct Failure: Error {}

  /// A value that cannot be copied, as one-shot replies are.
  struct Token: ~Copyable {
    let number: Int
  }

  @Test func `lets a body change the value and return something`() {
    let locked = Locked([1, 2])
    let count = locked.withLock { value in
      value.append(3)
      return value.count
    }
    #expect(count == 3)
    #expect(locked.withLock { $0 } == [1, 2, 3])
  }

  @Test func `unlocks when the body throws`() {
    let locked = Locked(0)
    #expect(throws: Failure.self) {
      try locked.withLock { value throws(Failure) in
        value = 7
        throw Failure()
      }
    }
    #expect(locked.withLock { $0 } == 7)
  }

  @Test func `holds what cannot be copied`() {
    let locked = Locked<Token?>(Token(number: 5))
    let numbers = (0..<2).map { _ in
      locked.withLock { value in
        guard let token = value.take() else { return 0 }
        return token.number
      }
    }
    #expect(numbers == [5, 0])
  }

  @Test func `lets one thread at a time in`() async {
    let locked = Locked((low: 0, high: 0))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<5000 {
            locked.withLock { value in
              value.low += 1
              value.high = value.low
            }
          }
        }
      }
    }
    let (low, high) = locked.withLock { $0 }
    #expect(low == 40_000)
    #expect(high == 40_000)
  }
}
