import Glibc
import Locking
import Testing

@testable import HTTPEngine

@Suite(.timeLimit(.minutes(15))) struct CloserTests {
  @Test func `does all of its work, on few threads`() {
    let closer = Closer(name: "test", most: 2)
    let done = Locked<[Int]>([])
    for number in 0..<1000 { closer.run { done.withLock { $0.append(number) } } }
    #expect(eventually { done.withLock { $0 }.count == 1000 })
    #expect(Set(done.withLock { $0 }).count == 1000)
  }

  @Test func `work that does not end stops only its own thread`() {
    let closer = Closer(name: "test", most: 2)
    let done = Locked<[Int]>([])
    var ends: [Int32] = [-1, -1]
    _ = unsafe Glibc.pipe(&ends)
    let (reader, writer) = (ends[0], ends[1])
    closer.run {
      // Until something comes.
      var byte: UInt8 = 0
      _ = unsafe read(reader, &byte, 1)
      done.withLock { $0.append(-1) }
    }
    for number in 0..<10 { closer.run { done.withLock { $0.append(number) } } }
    #expect(eventually { done.withLock { $0 }.count == 10 })
    #expect(!done.withLock { $0 }.contains(-1))
    close(writer)
    #expect(eventually { done.withLock { $0 }.contains(-1) })
    close(reader)
  }
}
