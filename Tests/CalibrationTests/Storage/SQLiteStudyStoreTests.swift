import Foundation
import Testing

@testable import Calibration

@Suite struct SQLiteStudyStoreTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("studies.sqlite") }

  init() throws { folder = try TemporaryFolder() }

  private func open() throws -> any StudyStore {
    try #require(StoreAddress("sqlite://\(path)")).open()
  }

  @Test(arguments: StudyStoreContract.names)
  func `the store in a file keeps the contract`(_ check: String) throws {
    try StudyStoreContract(open: open).run(check)
  }

  @Test func `killed processes lose no acknowledged write`() throws {
    let count = try CrashRounds("sqlite://\(path)", seed: 1).run(26)
    #expect(count >= 104, "every process was killed while it wrote")
  }

  @Test func `processes that share a study lose no trial and get none twice`() throws {
    let calibrator = try CalibratorFixture(store: open())
    let study = try calibrator.study("shared")
    try calibrator.calibrator.putBaseline(study, lastToken: nil, sampleIDs: ["a", "b", "c"])
    let asked = try CrashRounds("sqlite://\(path)", seed: 0).share(among: 3, trials: 5)
    #expect(asked.sorted() == Array(1...15))
    #expect(try calibrator.calibrator.trials(of: study).allSatisfy { $0.state == .succeeded })
  }

  @Test func `a new file can be opened by several at once`() throws {
    for round in 0..<8 {
      let path = folder.path("fresh-\(round).sqlite")
      ConcurrentRuns.perform(6) { _ in
        _ = try #require(StoreAddress("sqlite://\(path)")).open()
      }
    }
  }

  @Test func `what another process holds for a moment is tried again`() throws {
    var calls = 0
    func fail(_ code: CalibrationError.Code, times: Int) throws(CalibrationError) -> Int {
      calls += 1
      if calls <= times { throw CalibrationError(code, "the test says so") }
      return calls
    }
    let answer = try SQLiteConnection.retrying { () throws(CalibrationError) in
      try fail(.storeBusy, times: 3)
    }
    #expect(answer == 4)
    for (code, pauses, expected) in [
      (CalibrationError.Code.storeBusy, Int32(2), 3), (.storeUnavailable, 2, 1),
    ] {
      calls = 0
      let thrown = CalibrationError.Code.thrown {
        _ = try SQLiteConnection.retrying(pauses: pauses) { () throws(CalibrationError) in
          try fail(code, times: 9)
        }
      }
      #expect(thrown == code && calls == expected)
    }
  }

  @Test func `the file is in write-ahead mode with full synchronisation`() throws {
    let connection = try SQLiteConnection(path: path)
    func pragma(_ statement: StaticString) throws -> SQLValue? {
      try connection.transaction("BEGIN") { (session) throws(CalibrationError) in
        try session.run(statement, []).rows.first?.first
      }
    }
    #expect(try pragma("PRAGMA journal_mode") == .text("wal"))
    #expect(try pragma("PRAGMA synchronous") == .integer(2))
    #expect(try pragma("PRAGMA foreign_keys") == .integer(1))
  }

  @Test func `a file of a later version is refused and left alone`() throws {
    _ = try open()
    let connection = try SQLiteConnection(path: path)
    try connection.transaction("BEGIN IMMEDIATE") { (session) throws(CalibrationError) in
      _ = try session.run("UPDATE vflowopt_schema SET version = 99", [])
    }
    #expect(CalibrationError.Code.thrown { _ = try open() } == .storeUnreadable)
  }

  @Test func `a file that is no database is refused and left alone`() throws {
    let text = Data(String(repeating: "this is no database\n", count: 100).utf8)
    try text.write(to: URL(filePath: path))
    #expect(CalibrationError.Code.thrown { _ = try open() } == .storeUnreadable)
    #expect(try Data(contentsOf: URL(filePath: path)) == text)
  }

  @Test func `a folder that does not exist is no place for a file`() throws {
    let address = try #require(StoreAddress("sqlite://\(folder.path("none/studies.sqlite"))"))
    #expect(CalibrationError.Code.thrown { _ = try address.open() } == .storeUnavailable)
  }

  @Test func `a transaction that fails leaves nothing behind`() throws {
    let database = try SQLiteDatabase(path: path)
    let store = try SQLStudyStore(database)
    let code = CalibrationError.Code.thrown {
      try database.transaction(.writing) { (session) throws(CalibrationError) in
        _ = try session.run(
          "INSERT INTO vflowopt_strategies (name, revision, document) VALUES ($1, 1, $2)",
          [.text("half"), .text("{}")])
        throw CalibrationError.busy
      }
    }
    #expect(code == .storeBusy)
    #expect(try store.strategy(named: "half") == nil)
  }

  @Test func `documents that cannot be read are an error, not a crash`() throws {
    let database = try SQLiteDatabase(path: path)
    let store = try SQLStudyStore(database)
    for document in ["", "{", "[]", "{}", "{\"next_number\":1,\"versions\":[1]}"] {
      try database.transaction(.writing) { (session) throws(CalibrationError) in
        _ = try session.run("DELETE FROM vflowopt_strategies", [])
        _ = try session.run(
          "INSERT INTO vflowopt_strategies (name, revision, document) VALUES ($1, 1, $2)",
          [.text("odd"), .text(document)])
      }
      let code = CalibrationError.Code.thrown { _ = try store.strategies() }
      #expect(code == .storeUnreadable, "\(document)")
    }
  }
}
