import Testing

@testable import VectorKernels

@Suite struct ElementTypeTests {
  @Test func `knows the size of each type`() {
    #expect(ElementType.allCases.map(\.byteSize) == [4, 2, 2])
  }

  @Test func `gives each type its own number`() {
    #expect(Set(ElementType.allCases.map(\.code)).count == 3)
  }
}
