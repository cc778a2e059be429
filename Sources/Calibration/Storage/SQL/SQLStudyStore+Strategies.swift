/// Named strategies in a relational database.
extension SQLStudyStore {
  func strategies() throws(CalibrationError) -> [StrategyEntry] {
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        "SELECT name, revision, document FROM vflowopt_strategies ORDER BY name", []
      ).rows
    }
    return try rows.map { (row) throws(CalibrationError) in try StrategyEntry(row) }
  }

  func strategy(named name: String) throws(CalibrationError) -> StrategyEntry? {
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        "SELECT name, revision, document FROM vflowopt_strategies WHERE name = $1", [.text(name)]
      ).rows
    }
    return try rows.first.map { (row) throws(CalibrationError) in try StrategyEntry(row) }
  }

  func put(_ entry: StrategyEntry) throws(CalibrationError) -> Bool {
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      guard entry.revision > 0 else {
        return try session.run(
          """
          INSERT INTO vflowopt_strategies (name, revision, document) VALUES ($1, 1, $2)
          ON CONFLICT (name) DO NOTHING
          """, [.text(entry.name), .text(entry.document)]
        ).changed == 1
      }
      return try session.run(
        """
        UPDATE vflowopt_strategies SET revision = revision + 1, document = $1
        WHERE name = $2 AND revision = $3
        """, [.text(entry.document), .text(entry.name), SQLValue(entry.revision)]
      ).changed == 1
    }
  }

  func delete(_ entry: StrategyEntry) throws(CalibrationError) -> Bool {
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      try session.run(
        "DELETE FROM vflowopt_strategies WHERE name = $1 AND revision = $2",
        [.text(entry.name), SQLValue(entry.revision)]
      ).changed == 1
    }
  }
}

extension StrategyEntry {
  fileprivate init(_ row: [SQLValue]) throws(CalibrationError) {
    try self.init(
      name: row[0].text(), revision: Int(clamping: row[1].integer()), document: row[2].text())
  }
}
