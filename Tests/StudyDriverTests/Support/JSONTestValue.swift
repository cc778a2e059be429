import TensorCoding

@testable import StudyDriver

/// Reads members of JSON objects.
struct JSONTestValue {
  private let value: JSONValue

  init?(_ bytes: [UInt8]) {
    guard let value = JSONValue(bytes) else { return nil }
    self.value = value
  }

  func text(_ key: String) -> String? { value[key]?.text }
  func integer(_ key: String) -> Int? { value[key]?.integer }
  func integers(_ key: String) -> [Int] { value[key]?.elements?.compactMap(\.integer) ?? [] }
}

extension StudyTrial {
  /// A trial for tests.
  static func sample(
    _ id: Int, state: String = "active", value: Double? = nil, error: Double? = nil,
    origin: String = "suggested"
  ) -> StudyTrial {
    let value = value.map { ",\"value\":\($0)" } ?? ""
    let error = error.map { ",\"standard_error\":\($0)" } ?? ""
    let text = """
      {"id":\(id),"state":"\(state)","origin":"\(origin)",\
      "strategy":{"layers":28,"stages":[{"layer":0,"retain_ratio":0.3145}]}\(value)\(error)}
      """
    guard let trial = JSONValue(Array(text.utf8)).flatMap(StudyTrial.init) else {
      preconditionFailure("the sample of a trial is none")
    }
    return trial
  }
}
