import TensorCoding
import Testing

@Suite struct CodingErrorTests {
  @Test func `sorts every code by the answer that it deserves`() {
    let groups = Dictionary(grouping: CodingError.Code.allCases, by: \.fault)
    #expect(groups[.tooLarge]?.count == 5)
    #expect(groups[.unsupportedDType] == [.unsupportedDType])
    #expect(groups[.invalid]?.contains(.shapeMismatch) == true)
    #expect(groups[.malformed]?.contains(.valueDoesNotFit) == true)
    #expect(groups[.malformed]?.contains(.tooDeep) == true)
  }

  @Test func `compares codes only`() {
    #expect(CodingError(.hole, .safetensors, offset: 1) == CodingError(.hole, .safetensors))
    #expect(CodingError(.hole, .safetensors) != CodingError(.overlap, .safetensors))
  }
}
