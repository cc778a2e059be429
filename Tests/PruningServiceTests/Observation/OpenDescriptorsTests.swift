import Glibc
import Testing

@testable import PruningService

@Suite struct OpenDescriptorsTests {
  @Test func `the size of the folder is the number of its entries`() throws {
    guard let size = OpenDescriptors.folderSize else { return }
    // Other tests open and close descriptors meanwhile.
    #expect(abs(size - OpenDescriptors.listed) < 64)
  }

  @Test func `tells the size where there is one`() {
    #expect(OpenDescriptors { 17 }.count(at: 0) == 17)
  }

  @Test func `counts one by one at most once a second`() {
    let descriptors = OpenDescriptors { nil }
    let first = descriptors.count(at: 5_000_000_000)
    #expect(first > 0)
    let more = (0..<100).map { _ in dup(0) }
    #expect(descriptors.count(at: 5_999_999_999) == first)
    #expect(descriptors.count(at: 6_000_000_000) > first)
    for descriptor in more { close(descriptor) }
  }
}
