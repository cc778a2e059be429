import CLinux
import Glibc
import Testing

@testable import HTTPEngine

@Suite struct ConnectionTableTests {
  private final class Tenant {}

  @Test func `finds a tenant by its token until it leaves`() {
    var table = ConnectionTable<Tenant>()
    var token = EventToken(generation: 9, slot: 9)
    let tenant = table.insert { given in
      token = given
      return Tenant()
    }
    #expect(table[token] === tenant)
    #expect(table.count == 1)
    table.remove(token)
    #expect(table[token] == nil)
    #expect(table.count == 0)
    #expect(table.tenants.isEmpty)
  }

  @Test func `knows no token that it never gave`() {
    let table = ConnectionTable<Tenant>()
    #expect(table[EventToken(generation: 0, slot: 0)] == nil)
    #expect(table[.wakeup] == nil)
    #expect(table[.listener(0)] == nil)
  }

  @Test func `gives a slot to the next tenant under another token`() {
    var table = ConnectionTable<Tenant>()
    var tokens: [EventToken] = []
    for _ in 0..<3 {
      _ = table.insert { token in
        tokens.append(token)
        return Tenant()
      }
      table.remove(tokens[tokens.count - 1])
    }
    #expect(Set(tokens.map(\.slot)) == [0])
    #expect(Set(tokens.map(\.generation)).count == 3)
  }

  /// One wait reports two readable descriptors; the first event's handler closes the second
  /// connection, and a new one gets its slot and its descriptor.
  @Test func `drops a stale event for a reused descriptor`() throws {
    let epoll = try Epoll()
    var table = ConnectionTable<Tenant>()
    var token = EventToken(generation: 0, slot: 0)
    _ = table.insert { given in
      token = given
      return Tenant()
    }
    let descriptor = clinux_eventfd()
    _ = clinux_eventfd_signal(descriptor)
    #expect(epoll.add(descriptor, .input, token) == 0)
    #expect(epoll.wait(milliseconds: 1000) == 1)
    let event = epoll.event(0)
    #expect(event.token == token)

    table.remove(token)
    close(descriptor)
    let reused = clinux_eventfd()
    defer { close(reused) }
    #expect(reused == descriptor)
    var newToken = token
    let successor = table.insert { given in
      newToken = given
      return Tenant()
    }
    #expect(newToken.slot == token.slot)
    #expect(table[event.token] == nil)
    #expect(table[newToken] === successor)
  }

  @Test func `packs a token into 64 bits and back`() {
    let token = EventToken(generation: 0xDEAD_BEEF, slot: 0x1234_5678)
    #expect(token.packed == 0xDEAD_BEEF_1234_5678)
    #expect(EventToken(packed: token.packed) == token)
    #expect(EventToken.wakeup != EventToken.listener(0))
  }
}
