import Testing

@testable import HTTPEngine

@Suite struct HandshakePlacesTests {
  private func token(_ slot: UInt32) -> EventToken { EventToken(generation: 0, slot: slot) }

  @Test func `hands places to those in line in their order`() {
    var places = HandshakePlaces(1)
    #expect(places.take(token(1)) == true)
    #expect(places.take(token(2)) == false)
    #expect(places.take(token(3)) == false)
    #expect(places.next() == nil)
    #expect(places.hasLine)
    #expect(places.holders == [token(1)])
    places.giveBack(token(1))
    #expect(places.next() == token(2))
    #expect(places.next() == nil)
    places.giveBack(token(2))
    #expect(places.next() == token(3))
    #expect(places.holders == [token(3)])
    #expect(!places.hasLine)
    places.giveBack(token(3))
    #expect(places.next() == nil)
    #expect(places.take(token(4)) == true)
  }

  @Test func `serves a line of any length`() {
    var places = HandshakePlaces(0)
    #expect(places.take(token(0)) == true)
    for slot in 1...5000 { #expect(places.take(token(UInt32(slot))) == false) }
    for slot in 1...5000 {
      places.giveBack(token(UInt32(slot - 1)))
      #expect(places.next() == token(UInt32(slot)))
    }
  }
}
