import Testing

@testable import PruningService

@Suite struct ClientShareTests {
  @Test(arguments: [(75, 100, 75), (50, 100, 50), (20, 100, 20), (100, 100, 100)])
  func `a client alone may hold its percentage`(percent: Int, supply: Int, most: Int) {
    let share = ClientShare(percent: percent)
    #expect(share.most(of: supply, others: 0) == most)
    #expect(share.allows(most, free: supply - most))
    if percent < 100 { #expect(!share.allows(most + 1, free: supply - most - 1)) }
  }

  @Test(arguments: 1...20)
  func `however many clients take all they may, there is some left for the next`(clients: Int) {
    let share = ClientShare(percent: 75)
    var holdings = [Int](repeating: 0, count: clients)
    var hasGrown = true
    while hasGrown {
      hasGrown = false
      for index in holdings.indices {
        let free = 1000 - holdings.reduce(0, +) - 1
        guard free >= 0, share.allows(holdings[index] + 1, free: free) else { continue }
        holdings[index] += 1
        hasGrown = true
      }
    }
    let expected = 1000 * 3 / (3 * clients + 1)
    #expect(holdings.allSatisfy { abs($0 - expected) <= 2 })
    #expect(holdings.reduce(0, +) < 1000)
  }

  @Test func `a name is a client of its own, whatever its address`() {
    #expect(ClientKey(.key("a")) != ClientKey(.key("b")))
    #expect(ClientKey(.key("a")) != ClientKey(.certificate("a")))
    #expect(ClientKey(.address("192.0.2.1")) != ClientKey(.address("192.0.2.2")))
    #expect(ClientKey(.address("192.0.2.1")) == ClientKey(.address("192.0.2.1")))
  }

  @Test(
    arguments: [
      ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
      ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
      ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false), ("fe80::1%eth0", "fe80::2", true),
      ("::1", "::2", true), ("no:address", "no:other", false),
    ]) func `an IPv6 network is one client`(first: String, second: String, isSame: Bool)
  {
    #expect((ClientKey(.address(first)) == ClientKey(.address(second))) == isSame)
  }
}
