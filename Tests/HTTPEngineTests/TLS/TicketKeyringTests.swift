import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct TicketKeyringTests {
  @Test func `seals with one key for one lifetime`() {
    var random = SeededGenerator(seed: 1)
    var ring = TicketKeyring(lifetime: 100)
    let first = ring.sealingKey(now: 1000, using: &random)
    #expect(ring.sealingKey(now: 1099, using: &random) == first)
    let second = ring.sealingKey(now: 1100, using: &random)
    #expect(second != first)
    #expect(second.name != first.name)
    #expect(first.name.count == 16)
    #expect(first.encryption.count == 32)
    #expect(first.authentication.count == 32)
  }

  @Test func `opens what it has sealed for another lifetime, then forgets`() {
    var random = SeededGenerator(seed: 2)
    var ring = TicketKeyring(lifetime: 100)
    let key = ring.sealingKey(now: 0, using: &random)
    #expect(ring.openingKey(named: key.name, now: 99)?.isOld == false)
    #expect(ring.openingKey(named: key.name, now: 100)?.isOld == true)
    #expect(ring.openingKey(named: key.name, now: 199)?.key == key)
    #expect(ring.openingKey(named: key.name, now: 200) == nil)
    #expect(ring.openingKey(named: [UInt8](repeating: 0, count: 16), now: 0) == nil)
  }
}
