import Testing

@testable import PruningService

@Suite struct RegionLedgerTests {
  private let client = ClientKey(.userID(1))
  private let other = ClientKey(.userID(2))

  private func ledger(regions: Int = 8, bytes: Int = 1000, percent: Int = 100) -> RegionLedger {
    RegionLedger(
      limit: RegionLedger.Holding(regions: regions, bytes: bytes),
      share: ClientShare(percent: percent))
  }

  @Test func `counts what is held until it is given back`() throws {
    let ledger = ledger()
    var claims = [try RegionClaim(300, for: client, in: ledger)]
    claims.append(try RegionClaim(200, for: other, in: ledger))
    #expect(ledger.total == RegionLedger.Holding(regions: 2, bytes: 500))
    claims.removeFirst()
    #expect(ledger.total == RegionLedger.Holding(regions: 1, bytes: 200))
    claims = []
    #expect(ledger.total == RegionLedger.Holding())
  }

  @Test func `is full at its limits`() throws {
    let ledger = ledger(regions: 2)
    let first = try RegionClaim(1000, for: client, in: ledger)
    #expect(throws: RegionFault.noRoom) { try RegionClaim(1, for: other, in: ledger) }
    withExtendedLifetime(first) {}
    let few = self.ledger(regions: 1)
    let only = try RegionClaim(1, for: client, in: few)
    #expect(throws: RegionFault.noRoom) { try RegionClaim(1, for: client, in: few) }
    withExtendedLifetime(only) {}
  }

  @Test func `leaves room to others`() throws {
    let ledger = ledger(percent: 75)
    let first = try RegionClaim(700, for: client, in: ledger)
    #expect(throws: RegionFault.overShare) { try RegionClaim(100, for: client, in: ledger) }
    let second = try RegionClaim(100, for: other, in: ledger)
    withExtendedLifetime((first, second)) {}
  }

  @Test func `says what can never fit`() {
    let ledger = ledger(percent: 75)
    #expect(throws: RegionFault.tooLarge(limitBytes: 1000)) {
      try RegionClaim(1001, for: client, in: ledger)
    }
    #expect(ledger.total == RegionLedger.Holding())
  }
}
