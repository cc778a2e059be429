import Testing

@testable import StudyDriver

@Suite struct HTTPAddressTests {
  @Test(
    arguments: [
      ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
      ("http://host", "host:80", ""),
      ("http://host/", "host:80", ""),
      ("http://host:1/evaluate/x", "host:1", "/evaluate/x"),
      ("http://[::1]:99/a", "[::1]:99", "/a"),
      ("http://host:1?x=1", "host:1", "?x=1"),
    ])
  func `an address names host, port and path`(text: String, authority: String, path: String)
    throws
  {
    let address = try HTTPAddress(text)
    #expect(address.authority == authority)
    #expect(address.path == path)
  }

  @Test func `a socket is named by its path`() throws {
    let address = try HTTPAddress("unix:///run/vflowopt.sock")
    #expect(address.place == .unix(path: "/run/vflowopt.sock"))
    #expect(address.authority == "localhost")
  }

  @Test(
    arguments: [
      "", "host", "https://host", "http://", "http://:80", "http://host:99999", "http://host:x",
      "http://user@host", "unix://", "unix:///", "http://ho st", "http://höst", "ftp://host",
      "http://host:80\r\nX: y",
    ])
  func `nothing else is an address`(text: String) {
    #expect(throws: StudyDriverError.self) { try HTTPAddress(text) }
  }
}
