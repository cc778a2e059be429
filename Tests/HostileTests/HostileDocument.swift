import PruningService

/// The table as the page `docs/hostile-requests.md`.
enum HostileDocument {
  static var text: String {
    var lines = [
      "# Hostile and odd requests", "",
      "What the service answers to requests that are wrong, oversized, slow or merely strange. Each",
      "of the \(HostileTable.rows.count) rows is a test against the built program over loopback:",
      "`swift test --filter HostileTable`. After the table the service still answers, holds less than",
      "\(UnharmedService.memoryBound >> 20) MB more memory than before, and has no descriptor left"
        + " over. Written by",
      "`REWRITE_DOCUMENTATION=1 swift test --filter HostileDocument`.", "",
      "Region `r` is 4096 bytes of shared memory that the client has registered before.",
      "In the requests below these words stand for longer text:", "", "| word | text | meaning |",
      "|---|---|---|",
    ]
    lines += Abbreviations.all.map {
      "| `\($0.word)` | \(code($0.text, limit: 200)) | \($0.meaning) |"
    }
    for section in HostileTable.sections {
      lines += [
        "", "## \(section.title)", "", "| rule | request | answer | pointer | then |",
        "|---|---|---|---|---|",
      ]
      lines += section.rows.map(row)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ row: HostileRow) -> String {
    let answers = row.answers.isEmpty ? "none" : row.answers.map(answer).joined(separator: ", ")
    let pointers = row.answers.compactMap(\.pointer).map { code($0, limit: 60) }
    let end = row.closes ? "closes" : "goes on"
    let request = code(row.shown, limit: 110) + (row.manner == .finishes ? ", then FIN" : "")
    return
      "| \(row.rule) | \(request) | \(answers) | \(pointers.joined(separator: ", ")) | \(end) |"
  }

  private static func answer(_ answer: HostileRow.Answer) -> String {
    guard let type = answer.type else { return "\(answer.status)" }
    return "\(answer.status) [\(type.slug)](problems/\(type.slug).md)"
  }

  /// Text between backticks, on one line and without what ends a cell.
  private static func code(_ text: String, limit: Int) -> String {
    guard !text.isEmpty else { return "" }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\r": shown += "\\r"
      case "\n": shown += "\\n"
      case "|": shown += "\\|"
      case "`": shown += "'"
      case _ where scalar.value < 0x20:
        shown += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown.count <= limit ? "`\(shown)`" : "`\(shown.prefix(limit))…`"
  }
}
