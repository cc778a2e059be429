import TestSupport
import Testing

@testable import PruningService

@Suite struct AdmissionLedgerTests {
  private static let second: UInt64 = 1_000_000_000
  private static let mebibyte = 1 << 20
  private let hog = ClientKey(.key("hog"))
  private let other = ClientKey(.key("other"))

  private func ledger(
    bytes: Int = 1000 * mebibyte, awaited: Int? = nil, requests: Int = 100, percent: Int = 75
  ) -> AdmissionLedger {
    AdmissionLedger(
      limits: AdmissionLimits(
        bytes: bytes, awaitedBytes: awaited ?? bytes / 4 * 3, requests: requests,
        share: ClientShare(percent: percent), bytesPerSecond: Self.mebibyte))
  }

  private func fill(
    _ ledger: AdmissionLedger, _ client: ClientKey, bytes: Int
  ) -> [AdmissionClaim] {
    var claims: [AdmissionClaim] = []
    while let claim = try? ledger.open(client, bytes: bytes, at: 0) { claims.append(claim) }
    return claims
  }

  @Test func `an entry erases itself`() throws {
    let ledger = ledger()
    do {
      let claim = try ledger.open(hog, bytes: 5 * Self.mebibyte, at: 0)
      #expect(ledger.total.requests == 1)
      #expect(ledger.total.bytes == 5 * Self.mebibyte)
      #expect(ledger.holding(of: hog) == ledger.total)
      #expect(ledger.clients == 1)
      claim.release()
      claim.release()
    }
    #expect(ledger.total == Holding())
    #expect(ledger.clients == 0)
  }

  @Test func `what has not come is counted apart, and less with each doubling`() throws {
    let ledger = ledger()
    let claim = try ledger.open(hog, bytes: 4 * Self.mebibyte, at: 0)
    #expect(ledger.total.awaited == 4 * Self.mebibyte - AdmissionLimits.exemptBytes)
    #expect(claim.bodyHasArrived(Self.mebibyte))
    #expect(ledger.total.awaited == 3 * Self.mebibyte)
    #expect(claim.bodyHasArrived(Self.mebibyte + 1))
    #expect(ledger.total.awaited == 3 * Self.mebibyte)
    #expect(claim.bodyHasArrived(2 * Self.mebibyte))
    #expect(ledger.total.awaited == 2 * Self.mebibyte)
    #expect(claim.bodyIsComplete(3 * Self.mebibyte))
    #expect(ledger.total == Holding(requests: 1, bytes: 3 * Self.mebibyte, awaited: 0))
    claim.hasAnswer(bytes: 7)
    #expect(ledger.total == Holding(requests: 0, bytes: 7, awaited: 0))
  }

  @Test func `what a body will never hold is given back`() throws {
    let ledger = ledger()
    let claim = try ledger.open(hog, bytes: 8 * Self.mebibyte, at: 0)
    claim.condenses(by: 7 * Self.mebibyte)
    #expect(ledger.total == Holding(requests: 1, bytes: Self.mebibyte, awaited: Self.mebibyte))
    #expect(claim.bodyHasArrived(4 * Self.mebibyte))
    #expect(ledger.total == Holding(requests: 1, bytes: Self.mebibyte, awaited: 0))
    claim.release()
    claim.condenses(by: 1)
    #expect(ledger.total == Holding())
  }

  @Test func `announcing much keeps nobody's small request out`() throws {
    let ledger = ledger()
    let held = fill(ledger, hog, bytes: 100 * Self.mebibyte)
    #expect(!held.isEmpty)
    // Three quarters of what may be awaited.
    #expect(ledger.total.awaited <= 563 * Self.mebibyte)
    for client in [hog, other] {
      #expect(throws: Never.self) { try ledger.open(client, bytes: 1000, at: 0) }
    }
    #expect(throws: Never.self) { try ledger.open(other, bytes: 100 * Self.mebibyte, at: 0) }
  }

  @Test func `no more may wait than the workers do in time`() throws {
    let ledger = ledger(percent: 100)
    let places = QueueBound.Places(requests: 3, horizon: Self.second)
    let held = try (0..<3).map { _ in try ledger.open(hog, bytes: 0, at: 0, places: places) }
    for client in [hog, other] {
      #expect(throws: AdmissionLedger.Shortage.places) {
        try ledger.open(client, bytes: 0, at: 5 * Self.second, places: places)
      }
    }
    held[0].hasAnswer(bytes: 10)
    #expect(throws: Never.self) { try ledger.open(hog, bytes: 0, at: 0, places: places) }
  }

  @Test func `a body that takes longer than the queue holds a place of the queue no more`() throws {
    let ledger = ledger(requests: 5, percent: 100)
    let places = QueueBound.Places(requests: 2, horizon: Self.second)
    func open(at time: UInt64) throws(AdmissionLedger.Shortage) -> AdmissionClaim {
      try ledger.open(hog, bytes: 10, at: time, places: places)
    }
    let first = try [open(at: 0), open(at: 0)]
    for claim in first { #expect(claim.bodyHasArrived(Self.mebibyte)) }
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: Self.second) }
    let second = try [open(at: Self.second + 1), open(at: Self.second + 1)]
    for claim in second { #expect(claim.bodyHasArrived(Self.mebibyte)) }
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: Self.second + 2) }
    // One that has arrived waits for a worker.
    #expect(first[0].bodyIsComplete(10))
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: 2 * Self.second + 1) }
    let last = try open(at: 2 * Self.second + 2)
    // All places of the queue are given out, however late their bodies.
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: 100 * Self.second) }
    _ = (second, last)
  }

  @Test func `a body that falls silent holds a place of the queue no more`() throws {
    let ledger = ledger(percent: 100)
    let places = QueueBound.Places(requests: 2, horizon: 3600 * Self.second)
    let held = try (0..<2).map { _ in
      try ledger.open(hog, bytes: 100 * Self.mebibyte, at: 0, places: places)
    }
    func open(at time: UInt64) throws(AdmissionLedger.Shortage) -> AdmissionClaim {
      try ledger.open(hog, bytes: 10, at: time, places: places)
    }
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: Self.second / 10) }
    #expect(held[0].bodyHasArrived(Self.mebibyte / 2))
    #expect(held[1].bodyHasArrived(Self.mebibyte))
    // At a mebibyte a second, and a tenth of a second's patience.
    let time = Self.second / 10 * 6
    #expect(throws: AdmissionLedger.Shortage.places) { try open(at: time) }
    #expect(throws: Never.self) { try open(at: time + 1) }
  }

  @Test func `what may wait is shared out, and late bodies are nobody's share of it`() throws {
    let ledger = ledger()
    let places = QueueBound.Places(requests: 8, horizon: Self.second)
    var held: [AdmissionClaim] = []
    while let claim = try? ledger.open(hog, bytes: 10, at: 0, places: places) {
      held.append(claim)
    }
    #expect(held.count == 6)
    #expect(throws: AdmissionLedger.Shortage.shareOfPlaces) {
      try ledger.open(hog, bytes: 10, at: 0, places: places)
    }
    #expect(throws: Never.self) { try ledger.open(other, bytes: 10, at: 0, places: places) }
    let later = Self.second + 1
    #expect(throws: Never.self) { try ledger.open(hog, bytes: 10, at: later, places: places) }
  }

  @Test func `a client over its share of places is told so while another gets in`() throws {
    let ledger = ledger()
    let held = fill(ledger, hog, bytes: 10)
    #expect((74...76).contains(held.count))
    #expect(throws: AdmissionLedger.Shortage.shareOfPlaces) {
      try ledger.open(hog, bytes: 10, at: 0)
    }
    let second = fill(ledger, other, bytes: 10)
    #expect((17...20).contains(second.count))
  }

  @Test func `without shares one client may have it all`() throws {
    let ledger = ledger(percent: 100)
    let held = fill(ledger, hog, bytes: 10)
    #expect(held.count == 100)
    #expect(throws: AdmissionLedger.Shortage.places) { try ledger.open(other, bytes: 10, at: 0) }
  }

  @Test func `who holds nothing is judged by the room alone`() throws {
    let ledger = ledger(bytes: 100)
    let claim = try ledger.open(hog, bytes: 100, at: 0)
    #expect(throws: AdmissionLedger.Shortage.bytes(missing: 1)) {
      try ledger.open(other, bytes: 1, at: 0)
    }
    #expect(claim.arrivedBytes == 0)
  }

  @Test func `a body that keeps pace is not given up, one that falls behind is`() throws {
    let ledger = ledger(bytes: 100 * Self.mebibyte, awaited: 100 * Self.mebibyte)
    let quick = try ledger.open(hog, bytes: 30 * Self.mebibyte, at: 0)
    let slow = try ledger.open(hog, bytes: 25 * Self.mebibyte, at: 0)
    #expect(quick.bodyHasArrived(12 * Self.mebibyte))
    #expect(slow.bodyHasArrived(8 * Self.mebibyte))
    let wanted = 70 * Self.mebibyte
    let shortage = AdmissionLedger.Shortage.bytes(missing: 25 * Self.mebibyte)
    #expect(throws: shortage) { try ledger.open(other, bytes: wanted, at: 0) }
    #expect(!ledger.makeRoom(for: shortage, of: other, at: 9 * Self.second))
    #expect(ledger.makeRoom(for: shortage, of: other, at: 10 * Self.second))
    #expect(ledger.evictions == 1)
    #expect(throws: Never.self) { try ledger.open(other, bytes: wanted, at: 0) }
    #expect(quick.bodyHasArrived(30 * Self.mebibyte))
    #expect(!slow.bodyHasArrived(25 * Self.mebibyte))
    #expect(!slow.bodyIsComplete(25 * Self.mebibyte))
  }

  @Test func `nobody is given up in vain`() throws {
    let ledger = ledger(bytes: 100 * Self.mebibyte)
    let slow = try ledger.open(hog, bytes: 10 * Self.mebibyte, at: 0)
    let shortage = AdmissionLedger.Shortage.bytes(missing: 11 * Self.mebibyte)
    #expect(!ledger.makeRoom(for: shortage, of: other, at: 60 * Self.second))
    #expect(slow.bodyIsComplete(10 * Self.mebibyte))
  }

  @Test func `what is short is what has to be given up`() throws {
    let ledger = ledger(bytes: 100 * Self.mebibyte, awaited: 50 * Self.mebibyte)
    let slow = try ledger.open(hog, bytes: 20 * Self.mebibyte, at: 0)
    #expect(slow.bodyHasArrived(15 * Self.mebibyte))
    let shortage = AdmissionLedger.Shortage(supply: .awaited, isOfShare: false, missing: 6 << 20)
    #expect(!ledger.makeRoom(for: shortage, of: other, at: 60 * Self.second))
    #expect(slow.bodyIsComplete(20 * Self.mebibyte))
  }

  @Test func `a share is relieved by the client's own laggards only`() throws {
    let ledger = ledger()
    let stranger = try ledger.open(other, bytes: 10, at: 0)
    let own = try ledger.open(hog, bytes: 10, at: 0)
    let late = 60 * Self.second
    #expect(ledger.makeRoom(for: .shareOfPlaces, of: hog, at: late))
    #expect(stranger.bodyIsComplete(10))
    #expect(!own.bodyIsComplete(10))
    #expect(!ledger.makeRoom(for: .shareOfPlaces, of: hog, at: late))
  }

  @Test func `threads together keep the book`() async {
    let ledger = ledger(bytes: 10 * Self.mebibyte, requests: 20)
    await withTaskGroup { group in
      for seed in 0..<4 as Range<UInt64> {
        group.addTask {
          var random = SeededGenerator(seed: seed)
          let client = ClientKey(.key("\(seed)"))
          for time in 0..<3_000 as Range<UInt64> {
            let bytes = Int.random(in: 0...3 * Self.mebibyte, using: &random)
            guard let claim = try? ledger.open(client, bytes: bytes, at: time) else {
              _ = ledger.makeRoom(for: .places, of: client, at: time * Self.second)
              continue
            }
            _ = claim.bodyHasArrived(bytes / 2)
            if Bool.random(using: &random), claim.bodyIsComplete(bytes) {
              claim.hasAnswer(bytes: bytes / 3)
            }
            let total = ledger.total
            #expect(total.bytes <= 10 * Self.mebibyte && total.requests <= 20)
            #expect(total.bytes >= 0 && total.awaited >= 0)
          }
        }
      }
    }
    #expect(ledger.total == Holding())
    #expect(ledger.clients == 0)
  }
}
