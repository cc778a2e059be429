import HTTPEngine
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import PruningService

@Suite struct BodyInflationTests {
  private let buffers = BufferPool(maximumIdleBytes: 0)

  private func storage(_ bytes: [UInt8]) -> TensorStorage {
    TensorStorage(byteCount: bytes.count) { span in
      for (offset, byte) in bytes.enumerated() {
        span.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
      }
    }
  }

  private func inflate(
    _ coded: [UInt8], limit: Int = 8 << 20, ratio: Int = 1032, in house: AdmissionLedger,
    checkpoint: Checkpoint = Checkpoint {}
  ) throws(ServiceProblem) -> [UInt8] {
    guard let claim = try? house.open(ClientKey(.key("a")), bytes: coded.count, at: 0) else {
      throw ServiceProblem(.overloaded, detail: "full")
    }
    defer { claim.release() }
    let inflation = BodyInflation(
      coding: .gzip, limits: InflationLimits(maximumBytes: limit, maximumRatio: ratio),
      claim: claim
    ) { _ in ServiceProblem(.overloaded, detail: "full", retryAfterSeconds: 2) }
    let plain = try inflation.inflate(storage(coded), into: buffers, checkpoint: checkpoint)
    // The copy is made inside the closure.
    return unsafe plain.bytes.withUnsafeBytes { unsafe Array($0) }
  }

  private func problem(
    _ coded: [UInt8], limit: Int = 8 << 20, ratio: Int = 1032, house: Int = 64 << 20
  ) -> ServiceProblem? {
    let house = AdmissionLedger(onlyBytes: house)
    defer { #expect(house.total == Holding()) }
    return #expect(throws: ServiceProblem.self) {
      try inflate(coded, limit: limit, ratio: ratio, in: house)
    }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 3_000_000])
  func `content of any length comes back and is paid for`(count: Int) throws {
    let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let house = AdmissionLedger(onlyBytes: 64 << 20)
    #expect(try inflate(CodedContent.gzip(plain), in: house) == plain)
    #expect(house.total == Holding())
  }

  @Test func `pages that others have left in the memory are not held`() throws {
    let buffers = BufferPool()
    let plain = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let coded = CodedContent.gzip(plain)
    let limits = InflationLimits(maximumBytes: 8 << 20, maximumRatio: 1032)
    do {
      let old = buffers.take(capacity: limits.allowance(consumed: coded.count) + 1)
      old.write { $0.byteCount }
    }
    #expect(buffers.idleBytes > 1 << 20)
    let house = AdmissionLedger(onlyBytes: 64 << 20)
    let claim = try house.open(ClientKey(.key("a")), bytes: coded.count, at: 0)
    let inflation = BodyInflation(coding: .gzip, limits: limits, claim: claim) { _ in
      ServiceProblem(.overloaded, detail: "full")
    }
    let result = try inflation.inflate(storage(coded), into: buffers, checkpoint: Checkpoint {})
    #expect(result.byteCount == plain.count)
    #expect(house.total.bytes >= plain.count && house.total.bytes < 500_000)
    claim.release()
  }

  @Test func `the limit is the problem's limit`() {
    let found = problem(CodedContent.gzip([UInt8](repeating: 1, count: 1001)), limit: 1000)
    #expect(found?.type == .contentTooLarge)
    #expect(found?.extensions == [.limitBytes(1000)])
    let bomb = problem(CodedContent.gzip([UInt8](repeating: 1, count: 4 << 20)), ratio: 50)
    #expect(bomb?.type == .contentTooLarge)
    #expect(bomb?.extensions == [.limitBytes(InflationLimits.bytesWithoutRatio)])
  }

  @Test func `damage is told with coding and offset`() {
    let whole = CodedContent.gzip([1, 2, 3])
    for (coded, offset) in [
      (Array(whole.dropLast()), whole.count - 1), (whole + [9], whole.count), ([], 0),
    ] {
      let found = problem(coded)
      #expect(found?.type == .malformedBody)
      #expect(found?.extensions == [.format("gzip"), .offset(offset)])
    }
  }

  @Test func `bytes that others hold are 503, bytes that nobody could have are 413`() throws {
    let coded = CodedContent.gzip([UInt8](repeating: 1, count: 1 << 20))
    let house = AdmissionLedger(onlyBytes: 2 << 20)
    let other = try house.open(ClientKey(.key("b")), bytes: 3 << 19, at: 0)
    let full = #expect(throws: ServiceProblem.self) { try inflate(coded, in: house) }
    #expect(full?.type == .overloaded)
    #expect(full?.retryAfterSeconds == 2)
    other.release()
    #expect(try inflate(coded, in: house).count == 1 << 20)
    let alone = problem(coded, house: 1 << 19)
    #expect(alone?.type == .contentTooLarge)
    #expect(alone?.extensions == [.limitBytes(1 << 19)])
  }

  @Test func `requests that compete are refused or served, none waits`() async {
    let coded = CodedContent.gzip([UInt8](repeating: 1, count: 1 << 20))
    let house = AdmissionLedger(onlyBytes: 3 << 19)
    let served = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { compete(coded, in: house) } }
      return await group.reduce(0, +)
    }
    #expect(served > 0)
    #expect(house.total == Holding())
  }

  /// How many of ten tries were served.
  private func compete(_ coded: [UInt8], in house: AdmissionLedger) -> Int {
    (0..<10).count { _ in
      do throws(ServiceProblem) {
        return try inflate(coded, in: house).count == 1 << 20
      } catch {
        #expect(error.type == .overloaded)
        return false
      }
    }
  }

  @Test func `a deadline is looked at between pieces`() {
    let looks = Looks()
    let checkpoint = Checkpoint { () throws(ServiceProblem) in
      if looks.next() > 5 { throw .deadlinePassed }
    }
    let found = #expect(throws: ServiceProblem.self) {
      try inflate(
        CodedContent.gzip([UInt8](repeating: 1, count: 4 << 20)),
        in: AdmissionLedger(onlyBytes: 64 << 20), checkpoint: checkpoint)
    }
    #expect(found == .deadlinePassed)
    #expect(looks.next() == 7)
  }
}

extension AdmissionLedger {
  /// A ledger in which nothing but the bytes of all claims is limited.
  fileprivate convenience init(onlyBytes limit: Int) {
    self.init(
      limits: AdmissionLimits(
        bytes: limit, awaitedBytes: limit, requests: 1000, share: ClientShare(percent: 100),
        bytesPerSecond: 1))
  }
}

/// Counts how often somebody looked.
private final class Looks: Sendable {
  private let count = Atomic(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
