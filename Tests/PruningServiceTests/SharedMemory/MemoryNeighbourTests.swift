import Foundation
import HTTPEngine
import Testing

@testable import PruningService

@Suite struct MemoryNeighbourTests {
  private func connection(peer: String = "", user: UInt32? = nil) -> ConnectionInfo {
    ConnectionInfo(
      id: 1, peer: peer, listener: "x", isTLS: false,
      process: user.map { PeerProcess(processID: 1, userID: $0, groupID: 1) })
  }

  @Test(
    arguments: [
      ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
      ("192.0.2.1", false), ("2001:db8::1", false), ("", false),
    ])
  func `shares memory with addresses of this machine, whatever their key`(
    _ peer: String, _ isHere: Bool
  ) {
    for client in [ClientIdentity.key("a"), .certificate("a"), .address(peer)] {
      #expect(connection(peer: peer).sharesMemory(as: client) == isHere)
    }
  }

  @Test func `users that nobody can tell apart need a credential`() {
    let overflow = connection(user: 65_534)
    #expect(!overflow.sharesMemory(as: .userID(65_534), overflow: 65_534))
    #expect(!overflow.sharesMemory(as: .user("a"), overflow: 65_534))
    #expect(overflow.sharesMemory(as: .key("a"), overflow: 65_534))
    #expect(overflow.sharesMemory(as: .certificate("a"), overflow: 65_534))
    #expect(overflow.knownUser(overflow: 65_534) == nil)
    let known = connection(user: 1000)
    #expect(known.sharesMemory(as: .userID(1000), overflow: 65_534))
    #expect(known.knownUser(overflow: 65_534) == 1000)
  }

  @Test func `knows the overflow user of the kernel`() throws {
    let text = try String(contentsOfFile: "/proc/sys/kernel/overflowuid", encoding: .utf8)
    let number = try #require(UInt32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(connection(user: number).knownUser == nil)
    #expect(!connection(user: number).sharesMemory(as: .userID(number)))
  }

  @Test func `a client of loopback has one set of regions`() {
    let keys = ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"].map {
      ClientKey(.address($0)).ofRegions
    }
    #expect(Set(keys).count == 1)
    #expect(ClientKey(.address("192.0.2.1")).ofRegions == ClientKey(.address("192.0.2.1")))
    #expect(ClientKey(.key("a")).ofRegions == ClientKey(.key("a")))
  }
}
