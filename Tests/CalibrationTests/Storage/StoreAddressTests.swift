import Testing

@testable import Calibration

@Suite struct StoreAddressTests {
  @Test func `the three kinds are read`() {
    #expect(StoreAddress("memory:") == .memory)
    #expect(
      StoreAddress("sqlite:///var/lib/vflowopt/a.db") == .sqlite(path: "/var/lib/vflowopt/a.db"))
    let address = "postgres://user:secret@db:5432/vflowopt?sslmode=require"
    #expect(StoreAddress(address) == .postgreSQL(address))
    #expect(StoreAddress("postgresql:///x") == .postgreSQL("postgresql:///x"))
  }

  @Test(arguments: [
    "", "memory", "sqlite:a.db", "sqlite://a.db", "sqlite:///", "sqlite:///a/", "mysql://x",
    "/var/lib/a.db", "sqlite:///a?mode=memory",
  ])
  func `anything else is no address`(_ text: String) {
    #expect(StoreAddress(text) == nil)
    #expect(StoreAddress("sqlite:///a\u{0}b") == nil && StoreAddress("postgres://a\u{0}") == nil)
  }

  @Test(arguments: [
    "postgres://h/db?user=u&password=hunter@2", "postgres://u:hunter?2@h/db",
    "postgres://u:hunter#2@h/db", "postgres://u@h/db?password=hunter@2&x=@",
  ])
  func `nothing is shown where a password could be mistaken for a host`(_ text: String) throws {
    #expect(try #require(StoreAddress(text)).redacted == "postgres://…")
  }

  @Test(arguments: [
    "postgres://user:secret@db:5432/vflowopt?password=secret",
    "postgresql://user:secret@db/vflowopt", "postgres://user:sec@ret@db/vflowopt",
    "postgres:///vflowopt?user=u&password=secret",
  ])
  func `the redacted form keeps no secret`(_ text: String) throws {
    let redacted = try #require(StoreAddress(text)).redacted
    #expect(!redacted.contains("sec") && !redacted.contains("user"), "\(redacted)")
    #expect(redacted.hasPrefix("postgres://") && redacted.hasSuffix("vflowopt"))
  }
}
