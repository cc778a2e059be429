internal import TensorCoding

/// A list of studies as a table for people.
public struct StudyTable: Sendable {
  private let rows: [[String]]

  /// Reads the answer of `GET /v1/studies`.
  ///
  /// - Parameter answer: The answer's content.
  /// - Throws: ``StudyDriverError/Code/malformedAnswer``.
  public init(_ answer: [UInt8]) throws(StudyDriverError) {
    guard let studies = JSONValue(answer)?["studies"]?.elements else {
      throw StudyDriverError(.malformedAnswer, "the answer is no list of studies")
    }
    rows = studies.map { study in
      [
        study["name"]?.text ?? "", study["state"]?.text ?? "", study["model"]?.text ?? "-",
        study["token_budget"]?.double.map { "\($0)" } ?? "",
        study["trial_count"]?.integer.map { "\($0)" } ?? "",
        study["baseline"]?["samples"]?.integer.map { "\($0)" } ?? "-",
        study["created_at"]?.text ?? "",
      ]
    }
  }

  /// The table, each line ended.
  public var text: String {
    let all = [["NAME", "STATE", "MODEL", "BUDGET", "TRIALS", "SAMPLES", "CREATED"]] + rows
    let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = zip(row, widths).enumerated().map { index, cell in
        index == row.count - 1
          ? cell.0 : cell.0 + String(repeating: " ", count: cell.1 - cell.0.count)
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
