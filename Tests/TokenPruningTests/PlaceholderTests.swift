import Testing

@Test func `module links`() {}
