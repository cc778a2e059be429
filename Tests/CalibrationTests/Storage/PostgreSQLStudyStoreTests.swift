import TestSupport
import Testing

@testable import Calibration

@Suite(.serialized, .enabled(if: PostgreSQLServer.isInstalled, "needs the package postgresql"))
struct PostgreSQLStudyStoreTests {
  private let server: PostgreSQLServer

  init() throws {
    server = try PostgreSQLServer.shared
    try server.clear()
  }

  private func open() throws -> any StudyStore {
    try #require(StoreAddress(server.address)).open()
  }

  @Test(arguments: StudyStoreContract.names)
  func `the store in a database keeps the contract`(_ check: String) throws {
    try StudyStoreContract(open: open).run(check)
  }

  @Test func `killed clients lose no acknowledged write`() throws {
    let count = try CrashRounds(server.address, seed: 2).run(26)
    #expect(count >= 104, "every process was killed while it wrote")
  }

  @Test func `processes that share a study lose no trial and get none twice`() throws {
    let calibrator = try CalibratorFixture(store: open())
    let study = try calibrator.study("shared")
    try calibrator.calibrator.putBaseline(study, lastToken: nil, sampleIDs: ["a", "b", "c"])
    let asked = try CrashRounds(server.address, seed: 0).share(among: 3, trials: 5)
    #expect(asked.sorted() == Array(1...15))
    #expect(try calibrator.calibrator.trials(of: study).allSatisfy { $0.state == .succeeded })
  }

  @Test func `several processes can bring the tables up at once`() throws {
    ConcurrentRuns.perform(4) { _ in _ = try open() }
    #expect(try open().studies().isEmpty)
  }

  @Test func `a database of a later version is refused and left alone`() throws {
    _ = try open()
    let connection = try PostgreSQLConnection(address: server.address)
    _ = try connection.run("UPDATE vflowopt_schema SET version = 99", [])
    #expect(CalibrationError.Code.thrown { _ = try open() } == .storeUnreadable)
  }

  @Test func `broken connections are replaced`() throws {
    let store = try open()
    let study = try store.insert(
      StudyStoreContract.study("study"), trials: [StudyStoreContract.trial(1)])
    let connection = try PostgreSQLConnection(address: server.address)
    for _ in 0..<3 {
      _ = try connection.run(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND application_name = 'vflowopt'
        """, [])
      #expect(try store.trials(of: study).count == 1)
      _ = try connection.run(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND application_name = 'vflowopt'
        """, [])
      let current = try #require(try store.study(study.id))
      #expect(try store.replace(current, baseline: nil))
    }
  }

  @Test func `more threads than connections wait for each other`() throws {
    let database = PostgreSQLDatabase(address: server.address, connections: 2)
    let store = try SQLStudyStore(database)
    ConcurrentRuns.perform(6) { _ in
      for _ in 0..<20 { _ = try store.studies() }
    }
  }

  @Test(arguments: [
    "postgres:///postgres?host=/nonexistent&user=u&password=verysecret",
    "postgres://user:verysecret@127.0.0.1:1/x?connect_timeout=2",
    "postgres:///postgres?unknown_setting=verysecret",
  ])
  func `a database that cannot be reached is an error without secrets`(_ text: String) throws {
    let error = #expect(throws: CalibrationError.self) {
      try #require(StoreAddress(text)).open()
    }
    #expect(error?.code == .storeUnavailable)
    #expect(!"\(String(reflecting: error))".contains("secret"))
  }

  @Test func `a refused statement is an error, and the transaction has not happened`() throws {
    let store = try open()
    let database = PostgreSQLDatabase(address: server.address)
    let code = CalibrationError.Code.thrown {
      try database.transaction(.writing) { (session) throws(CalibrationError) in
        _ = try session.run(
          "INSERT INTO vflowopt_strategies (name, revision, document) VALUES ($1, 1, $2)",
          [.text("half"), .text("{}")])
        _ = try session.run("SELECT * FROM no_such_table", [])
      }
    }
    #expect(code == .storeUnreadable)
    #expect(try store.strategy(named: "half") == nil)
  }
}
