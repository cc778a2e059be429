import Glibc
import Testing

@testable import WorkerPool

@Suite(.timeLimit(.minutes(15)))
struct ThreadTests {
  @Test func `a semaphore lets through as many as were posted`() throws {
    let semaphore = Semaphore()
    let passed = Recorder<Int>()
    let threads = try (0..<4).map { index in
      try WorkerThread(name: "sleeper") {
        semaphore.wait()
        passed.record(index)
      }
    }
    #expect(passed.all.isEmpty)
    for _ in 0..<4 { semaphore.post() }
    for thread in threads { thread.join() }
    #expect(passed.all.sorted() == [0, 1, 2, 3])
  }

  @Test func `a gate waits until its deadline and no longer`() {
    let gate = Gate()
    let start = MonotonicClock.now()
    #expect(!gate.wait(until: .after(milliseconds: 20, from: start)))
    #expect(MonotonicClock.now() >= start + 20_000_000)
    #expect(!gate.wait(until: Deadline(nanoseconds: 0)))
  }

  @Test func `a gate stays open`() {
    let gate = Gate()
    gate.open()
    gate.open()
    #expect(gate.wait(until: Deadline(nanoseconds: 0)))
    #expect(gate.wait(until: .never))
  }

  @Test func `a thread bears the first fifteen bytes of its name`() throws {
    let names = Recorder<String>()
    let thread = try WorkerThread(name: "a-name-of-twenty-ch") { names.record(currentThreadName()) }
    thread.join()
    #expect(names.all == ["a-name-of-twent"])
  }

  @Test func `a thread leaves the process's signals to others`() throws {
    let blocked = Recorder<Bool>()
    let thread = try WorkerThread(name: "masked") {
      var mask = sigset_t()
      unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
      for signal in [SIGTERM, SIGINT, SIGHUP, SIGSEGV] {
        blocked.record(unsafe sigismember(&mask, signal) == 1)
      }
    }
    thread.join()
    #expect(blocked.all == [true, true, true, false])
    #expect(!thread.isCurrent)
  }
}

/// The name that the kernel knows the calling thread by.
private func currentThreadName() -> String {
  let file = unsafe open("/proc/thread-self/comm", O_RDONLY)
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 32)
  // Safe: the pointer lives for the call and the count is the array's.
  let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
  return String(decoding: bytes.prefix(max(count - 1, 0)), as: UTF8.self)
}
