import Glibc
import TestSupport
import Testing

@testable import HTTPEngine

@Suite struct PassedDescriptorsTests {
  private func some(_ count: Int = 1) -> [PassedDescriptor] {
    (0..<count).map { _ in PassedDescriptor(adopting: dup(STDIN_FILENO)) }
  }

  @Test func `belong to the request that holds the last byte of their read`() {
    var passed = PassedDescriptors()
    // One read of 30 bytes: a request of 20, then 10 bytes that came with a descriptor.
    let (first, second) = (passed.received(30, with: some()), passed.take(unused: 10).descriptors)
    #expect(first && second.isEmpty)
    _ = passed.received(15, with: [])
    let third = passed.take(unused: 0).descriptors
    #expect(third.count == 1)
    #expect(passed.isEmpty)
  }

  @Test func `stay with a request whose body and successor come without any`() {
    var passed = PassedDescriptors()
    _ = passed.received(10, with: some(2))
    _ = passed.received(50, with: [])
    let (own, next) = (
      passed.take(unused: 25).descriptors, passed.take(unused: 0).descriptors
    )
    #expect(own.count == 2)
    #expect(next.isEmpty)
  }

  @Test func `keep their order`() {
    var passed = PassedDescriptors()
    let all = some(3)
    _ = passed.received(1, with: [all[0]])
    _ = passed.received(1, with: [all[1], all[2]])
    let taken = passed.take(unused: 0).descriptors
    #expect(taken.map(\.number) == all.map(\.number))
  }

  @Test func `are not more than a request may have`() {
    var passed = PassedDescriptors()
    let (most, more) = (
      passed.received(1, with: some(PassedDescriptors.most)), passed.received(1, with: some())
    )
    #expect(most)
    #expect(!more)
  }

  @Test func `are closed with their last reference and give their place back`() {
    let pipe = PassedPipe()
    let places = PassedPlaces(1)
    var descriptor: PassedDescriptor? = PassedDescriptor(
      dup(pipe.end), place: PassedPlace(in: places, for: 1))
    #expect(descriptor.map { $0.number >= 0 } == true)
    #expect(!places.take(for: 1))
    descriptor = nil
    #expect(pipe.isClosedEverywhere())
    // Another thread closes it, and then gives the place back.
    #expect(eventually { places.take(for: 1) })
  }

  @Test func `tell their request when some could not be kept`() {
    var passed = PassedDescriptors()
    _ = passed.received(10, with: some(), isShort: true)
    _ = passed.received(10, with: [])
    let (own, next) = (passed.take(unused: 10), passed.take(unused: 0))
    #expect(own.descriptors.count == 1)
    #expect(own.isShort)
    #expect(next.descriptors.isEmpty)
    #expect(!next.isShort)
  }

  @Test func `a user has a quarter of the places at most`() {
    let places = PassedPlaces(40)
    #expect((0..<12).map { _ in places.take(for: 1) }.count { $0 } == 10)
    #expect((0..<12).map { _ in places.take(for: 2) }.count { $0 } == 10)
    places.giveBack(of: 1)
    #expect(places.take(for: 1))
    #expect(!places.take(for: 1))
    for user in 3...9 { while places.take(for: UInt32(user)) {} }
    #expect(!places.take(for: 10))
    for _ in 0..<10 { places.giveBack(of: 2) }
    #expect(places.take(for: 10))
    #expect(!PassedPlaces(0).take(for: 1))
  }
}
