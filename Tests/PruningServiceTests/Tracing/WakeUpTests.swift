import Glibc
import Testing

@testable import PruningService

@Suite struct WakeUpTests {
  @Test func `no other program gets its descriptors`() {
    let wakeUp = WakeUp()
    for descriptor in [wakeUp.reader, wakeUp.writer] {
      #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
    }
  }

  @Test func `what was fired once ends every sleep`() {
    let wakeUp = WakeUp()
    wakeUp.fire()
    let start = MonotonicInstant.now
    for _ in 0..<3 { wakeUp.sleep(milliseconds: 60_000) }
    #expect(MonotonicInstant.now - start < 10_000_000_000)
  }
}
