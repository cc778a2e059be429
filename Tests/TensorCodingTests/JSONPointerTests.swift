import TensorCoding
import Testing

@Suite struct JSONPointerTests {
  @Test func `escapes keys as RFC 6901 does`() {
    let root = JSONPointer.root
    #expect(root.description.isEmpty)
    #expect(root.appending("a/b").appending(3).description == "/a~1b/3")
    #expect(root.appending("m~n").description == "/m~0n")
    #expect(root.appending("~1").description == "/~01")
    #expect(root.appending("").appending("é").description == "//é")
    #expect(root.appending(0).appending(root.appending("x")).description == "/0/x")
  }
}
