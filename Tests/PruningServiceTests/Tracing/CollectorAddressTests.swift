import Testing

@testable import PruningService

@Suite struct CollectorAddressTests {
  @Test(
    arguments: [
      ("http://127.0.0.1:4318/v1/traces", "127.0.0.1", "4318", "/v1/traces"),
      ("http://collector:4318", "collector", "4318", "/v1/traces"),
      ("http://collector/", "collector", "80", "/"),
      ("http://[::1]:4318/x/y", "::1", "4318", "/x/y"), ("http://[::1]", "::1", "80", "/v1/traces"),
    ]) func `an address is host, port and path`(
      url: String, host: String, port: String, path: String
    ) throws
  {
    let address = try #require(CollectorAddress(url))
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.path == path)
    #expect(url.contains(address.authority))
  }

  @Test(
    arguments: [
      "", "collector:4318", "https://collector/v1/traces", "http://", "http://:4318",
      "http://user@collector", "http://collector?x", "http://collector/#x", "http://a b",
      "http://collector:0", "http://collector:65536", "http://collector:x", "http://c\r\nX: y",
    ]) func `anything else is no address`(url: String)
  {
    #expect(CollectorAddress(url) == nil)
    #expect(ConfigurationFormat.collector.parse(url) == nil)
  }

  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("0.01", 0.01), ("0.0001", 0.0001), ("1.0", 1), ("00.5", 0.5),
    ] as [(String, Double)]) func `a ratio is a part of one`(text: String, value: Double)
  {
    #expect(ConfigurationFormat.ratio.parse(text) == value)
    #expect(ConfigurationFormat.ratio.parse(ConfigurationFormat.ratio.print(value)) == value)
  }

  @Test(arguments: ["", "-0.1", "1.1", "2", "0.00001", "1e-2", ".5", "0.", "nan", "0x1", "1.0.0"])
  func `anything else is no ratio`(text: String) {
    #expect(ConfigurationFormat.ratio.parse(text) == nil)
  }
}
