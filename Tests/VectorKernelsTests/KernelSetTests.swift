import Testing

@testable import VectorKernels

@Suite struct KernelSetTests {
  @Test func `lists the sets of this processor, slowest first`() {
    let names = KernelSet.supported.map(\.name)
    #expect(names.first == "portable")
    #expect(names.last == KernelSet.best.name)
    let known = ["portable", "neon", "avx2", "avx512"]
    #expect(names == known.filter(names.contains))
  }

  @Test func `finds a set by name`() {
    for set in KernelSet.supported {
      #expect(KernelSet(named: set.name)?.name == set.name)
    }
    #expect(KernelSet(named: "sse9") == nil)
    #expect(KernelSet(named: "") == nil)
  }
}
