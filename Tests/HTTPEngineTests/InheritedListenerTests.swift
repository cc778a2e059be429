import Testing

@testable import HTTPEngine

@Suite struct InheritedListenerTests {
  private func read(_ environment: [String: String]) throws(HTTPEngineError) -> [String] {
    try InheritedListener.all(in: environment, processID: 42).map { "\($0.descriptor) \($0.name)" }
  }

  @Test(
    arguments: [
      ([:], []),
      (["LISTEN_FDS": "1"], []),
      (["LISTEN_PID": "42"], []),
      (["LISTEN_PID": "41", "LISTEN_FDS": "1"], []),
      (["LISTEN_PID": "42", "LISTEN_FDS": "0"], []),
      (["LISTEN_PID": "42", "LISTEN_FDS": "2"], ["3 unknown", "4 unknown"]),
      (
        ["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "http:admin:"],
        ["3 http", "4 admin", "5 unknown"]
      ),
    ] as [([String: String], [String])])
  func `reads what a service manager hands over`(
    _ environment: [String: String], _ expected: [String]
  ) throws {
    #expect(try read(environment) == expected)
  }

  @Test(arguments: [
    ["LISTEN_PID": "42", "LISTEN_FDS": "-1"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "65"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "one"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "99999999999999999999"],
    ["LISTEN_PID": "self", "LISTEN_FDS": "1"],
    ["LISTEN_PID": "42", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "one"],
  ])
  func `refuses variables that contradict each other`(_ environment: [String: String]) {
    let error = #expect(throws: HTTPEngineError.self) { try self.read(environment) }
    #expect(error?.code == .malformedActivation)
  }
}
