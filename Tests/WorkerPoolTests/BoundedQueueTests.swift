import TestSupport
import Testing

@testable import WorkerPool

struct BoundedQueueTests {
  @Test func `is empty at first`() {
    var queue = BoundedQueue<Int>(capacity: 3)
    #expect(queue.count == 0)
    #expect(queue.capacity == 3)
    #expect(queue.popFirst() == nil)
  }

  @Test(arguments: [1, 2, 3, 7]) func `behaves as an array does`(capacity: Int) {
    let seed = UInt64(capacity)
    var random = SeededGenerator(seed: seed)
    var queue = BoundedQueue<Int>(capacity: capacity)
    var model: [Int] = []
    for step in 0..<500 {
      if Bool.random(using: &random), model.count < capacity {
        queue.append(step)
        model.append(step)
      } else {
        #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()), "seed \(seed)")
      }
      #expect(queue.count == model.count, "seed \(seed)")
    }
  }

  @Test func `keeps nothing of what it gave out`() {
    var queue = BoundedQueue<Witness>(capacity: 2)
    let flag = Flag()
    queue.append(Witness(flag))
    _ = queue.popFirst()
    #expect(flag.isSet)
  }

  @Test func `traps when it is overfilled`() async {
    await #expect(processExitsWith: .failure) {
      var queue = BoundedQueue<Int>(capacity: 1)
      queue.append(1)
      queue.append(2)
    }
  }
}
