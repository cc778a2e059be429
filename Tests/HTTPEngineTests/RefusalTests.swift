import Testing

@testable import HTTPEngine

@Suite struct RefusalTests {
  static let statuses: [(Refusal, UInt16)] = [
    (.malformedMessage(.host), 400), (.unsupportedVersion, 505),
    (.unsupportedTransferCoding, 501), (.unknownMethod, 501), (.targetTooLong(limitBytes: 1), 414),
    (.fieldsTooLarge(limitBytes: 1), 431), (.contentTooLarge(limitBytes: 1), 413),
    (.requestTimeout, 408), (.expectationFailed, 417), (.tooManyConnections, 503),
    (.outOfMemory, 503), (.internal, 500),
  ]

  @Test(arguments: statuses)
  func `has a status with a reason and a sentence`(_ refusal: Refusal, _ status: UInt16) {
    #expect(refusal.status.rawValue == status)
    #expect(refusal.status.reason.utf8CodeUnitCount > 0)
    #expect(refusal.description.hasSuffix("."))
  }

  @Test(arguments: MessageFault.allCases)
  func `says which rule is broken`(_ fault: MessageFault) {
    #expect(fault.description.hasSuffix("."))
    #expect(Refusal.malformedMessage(fault).description == fault.description)
  }

  @Test func `says everything once`() {
    #expect(Set(MessageFault.allCases.map(\.description)).count == MessageFault.allCases.count)
  }
}
