import Testing

@testable import VectorKernels

@Suite struct SpanPointersTests {
  @Test func `accepts sizes that match and empty spans`() {
    let bytes = [UInt8](repeating: 0, count: 24)
    unsafe requireBytes(bytes.span.bytes, 3, 2, .float32)
    unsafe requireBytes(bytes.span.bytes, 3, 4, .bfloat16)
    requireBytes(RawSpan(), 0, 4, .float16)
    requireIndices(([0, 3, 3] as [Int32]).span, below: 4)
    requireIndices(Span(), below: 0)
  }

  @Test func `traps on sizes that do not match`() async {
    await #expect(processExitsWith: .failure) {
      unsafe requireBytes([UInt8](repeating: 0, count: 23).span.bytes, 3, 2, .float32)
    }
  }

  @Test func `traps on sizes that overflow`() async {
    await #expect(processExitsWith: .failure) {
      requireBytes(RawSpan(), 1 << 61, 8, .float32)
    }
  }

  @Test func `traps on an index outside of the rows`() async {
    await #expect(processExitsWith: .failure) {
      requireIndices(([0, 4] as [Int32]).span, below: 4)
    }
    await #expect(processExitsWith: .failure) {
      requireIndices(([-1] as [Int32]).span, below: 4)
    }
  }
}
