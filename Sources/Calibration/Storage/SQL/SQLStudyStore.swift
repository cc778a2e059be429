/// Studies in a relational database; the statements are the same for all of them.
struct SQLStudyStore<Database: SQLDatabase>: StudyStore {
  let database: Database
  private let cache = StudyCache()

  /// Takes a database and brings its tables up to date.
  init(_ database: Database) throws(CalibrationError) {
    self.database = database
    try SQLMigration.run(database)
  }

  func insert(_ study: Study, trials: [Trial]) throws(CalibrationError) -> Study {
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      let added = try session.run(
        """
        INSERT INTO vflowopt_studies
          (name, revision, state, trial_count, specification, calibration_set)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING RETURNING serial
        """,
        [
          .text(study.id.description), SQLValue(study.revision), .text(study.state.rawValue),
          SQLValue(study.trialCount), .text(study.specificationDocument),
          SQLValue(study.calibrationSetDocument),
        ])
      guard let row = added.rows.first else { throw .studyExists }
      var study = study
      study.serial = try row[0].integer()
      for trial in trials { try session.insert(TrialChange(trial), of: study) }
      return study
    }
  }

  func studies() throws(CalibrationError) -> [Study] {
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        """
        SELECT serial, name, revision, trial_count FROM vflowopt_studies ORDER BY name
        """, []
      ).rows
    }
    var studies: [Study] = []
    for row in rows {
      let (name, trialCount) = (try row[1].text(), Int(clamping: try row[3].integer()))
      if let known = cache.facts(named: name), known.serial == (try row[0].integer()),
        known.revision == Int(clamping: try row[2].integer())
      {
        var study = known.study
        study.trialCount = trialCount
        studies.append(study)
      } else if let study = try study(StudyID(name)) {
        studies.append(study)
      }
    }
    return studies
  }

  func census() throws(CalibrationError) -> StoreCensus {
    try database.transaction(.reading) { (session) throws(CalibrationError) in
      func count(_ statement: StaticString) throws(CalibrationError) -> Int {
        Int(clamping: try session.run(statement, []).rows.first?[0].integer() ?? 0)
      }
      // The index of the second migration holds the trials in question and no others.
      return StoreCensus(
        activeStudies: try count(
          "SELECT count(*) FROM vflowopt_studies WHERE state = 'active'"),
        completedStudies: try count(
          "SELECT count(*) FROM vflowopt_studies WHERE state = 'completed'"),
        openTrials: try count("SELECT count(*) FROM vflowopt_trials WHERE state = 'active'"))
    }
  }

  func study(_ id: StudyID) throws(CalibrationError) -> Study? {
    let name = id.description
    let known = cache.facts(named: name)
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      // The documents are sent only where they are not known already.
      try session.run(
        """
        SELECT serial, name, revision, state, trial_count,
          CASE WHEN serial = $1 AND revision = $2 THEN NULL ELSE specification END,
          CASE WHEN serial = $1 AND revision = $2 THEN NULL ELSE calibration_set END
        FROM vflowopt_studies WHERE name = $3
        """, [.integer(known?.serial ?? 0), SQLValue(known?.revision ?? 0), .text(name)]
      ).rows
    }
    guard let row = rows.first else { return nil }
    if row[5] == .null, var study = known?.study {
      study.trialCount = Int(clamping: try row[4].integer())
      return study
    }
    let study = try StoredStudy(row).study()
    cache.keep(
      StudyCache.Facts(
        name: name, serial: study.serial, revision: study.revision, study: study))
    return study
  }

  func replace(_ study: Study, baseline: [Float]?) throws(CalibrationError) -> Bool {
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      let updated = try session.run(
        """
        UPDATE vflowopt_studies SET state = $1, calibration_set = $2, revision = revision + 1
        WHERE serial = $3 AND revision = $4
        """,
        [
          .text(study.state.rawValue), SQLValue(study.calibrationSetDocument),
          .integer(study.serial), SQLValue(study.revision),
        ])
      guard updated.changed == 1 else { return false }
      guard let baseline else { return true }
      _ = try session.run(
        "UPDATE vflowopt_studies SET baseline = $1 WHERE serial = $2",
        [.blob(PackedValues.pack(baseline)), .integer(study.serial)])
      return true
    }
  }

  func delete(_ study: Study) throws(CalibrationError) -> Bool {
    cache.forget(study.serial)
    return try database.transaction(.writing) { (session) throws(CalibrationError) in
      try session.run(
        "DELETE FROM vflowopt_studies WHERE serial = $1", [.integer(study.serial)]
      ).changed == 1
    }
  }

  func baseline(of study: Study) throws(CalibrationError) -> [Float]? {
    if let known = cache.baseline(of: study.serial) { return known }
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        "SELECT baseline FROM vflowopt_studies WHERE serial = $1", [.integer(study.serial)]
      ).rows
    }
    guard let value = rows.first?[0], value != .null else { return nil }
    let baseline = try PackedValues.floats(value.blob())
    cache.keep(baseline, of: study.serial)
    return baseline
  }
}

// MARK: Trials

extension SQLStudyStore {
  func trials(of study: Study) throws(CalibrationError) -> [Trial] {
    let known = cache.trials(of: study.serial)
    let trials = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.trials(of: study, known)
    }
    cache.keep(trials, of: study.serial)
    return trials
  }

  func trials(
    of study: Study, after number: Int, limit: Int
  ) throws(CalibrationError) -> [Trial] {
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        """
        SELECT number, revision, state, document FROM vflowopt_trials
        WHERE study = $1 AND number > $2 ORDER BY number LIMIT $3
        """, [.integer(study.serial), SQLValue(number), SQLValue(limit)]
      ).rows
    }
    return try rows.map { (row) throws(CalibrationError) in try Trial(row) }
  }

  func records(
    of study: Study, after number: Int, limit: Int
  ) throws(CalibrationError) -> [TrialRecord] {
    // One statement, so that a report that comes in between is in both or in neither.
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        """
        SELECT number, revision, state, document, contents FROM vflowopt_trials AS trials
        LEFT JOIN vflowopt_row_values AS measured
          ON measured.study = trials.study AND measured.trial = trials.number
        WHERE trials.study = $1 AND number > $2 ORDER BY number LIMIT $3
        """, [.integer(study.serial), SQLValue(number), SQLValue(limit)]
      ).rows
    }
    return try rows.map { (row) throws(CalibrationError) in
      let contents = row[4] == .null ? nil : try row[4].blob()
      return TrialRecord(
        trial: try Trial(row), rowValues: try contents.map(PackedValues.rowValues))
    }
  }

  func trial(_ id: TrialID, of study: Study) throws(CalibrationError) -> Trial? {
    try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.trial(id.number, of: study)
    }
  }

  func rowValues(of trial: TrialID, in study: Study) throws(CalibrationError) -> RowValues? {
    let rows = try database.transaction(.reading) { (session) throws(CalibrationError) in
      try session.run(
        "SELECT contents FROM vflowopt_row_values WHERE study = $1 AND trial = $2",
        [.integer(study.serial), SQLValue(trial.number)]
      ).rows
    }
    return try rows.first.map { (row) throws(CalibrationError) in
      try PackedValues.rowValues(row[0].blob())
    }
  }

  func extend(
    _ study: Study, by additions: [TrialChange], replacing replacements: [Trial]
  ) throws(CalibrationError) -> Bool {
    do {
      try database.transaction(.writing) { (session) throws(CalibrationError) in
        // The row of the study is locked from here on, so that others wait and then see the count.
        let counted = try session.run(
          """
          UPDATE vflowopt_studies SET trial_count = $1
          WHERE serial = $2 AND trial_count = $3 AND state = 'active'
          """,
          [
            SQLValue(study.trialCount + additions.count), .integer(study.serial),
            SQLValue(study.trialCount),
          ])
        guard counted.changed == 1 else { throw CalibrationError.overtaken }
        for trial in replacements {
          guard try session.replace(TrialChange(trial), of: study) else {
            throw CalibrationError.overtaken
          }
        }
        for addition in additions { try session.insert(addition, of: study) }
      }
      return true
    } catch {
      guard error == .overtaken else { throw error }
      return false
    }
  }

  func replace(_ change: TrialChange, in study: Study) throws(CalibrationError) -> Bool {
    try database.transaction(.writing) { (session) throws(CalibrationError) in
      try session.replace(change, of: study)
    }
  }
}

// MARK: Rows

extension SQLSession {
  /// How many trials are read one by one.
  private static var fewTrials: Int { 16 }

  /// All trials of a study: those that have changed since they were read last are read again.
  fileprivate func trials(
    of study: Study, _ known: [Trial]
  ) throws(CalibrationError) -> [Trial] {
    guard !known.isEmpty else { return try allTrials(of: study) }
    let heads = try run(
      "SELECT number, revision FROM vflowopt_trials WHERE study = $1 ORDER BY number",
      [.integer(study.serial)]
    ).rows
    var trials = known
    var changed: [Int] = []
    for (index, head) in heads.enumerated() {
      let revision = Int(clamping: try head[1].integer())
      guard index >= known.count || known[index].revision != revision else { continue }
      changed.append(index)
    }
    guard heads.count >= known.count, changed.count <= Self.fewTrials else {
      return try allTrials(of: study)
    }
    for index in changed {
      guard let trial = try trial(index + 1, of: study) else { return try allTrials(of: study) }
      if index < trials.count { trials[index] = trial } else { trials.append(trial) }
    }
    return trials
  }

  private func allTrials(of study: Study) throws(CalibrationError) -> [Trial] {
    let rows = try run(
      """
      SELECT number, revision, state, document FROM vflowopt_trials
      WHERE study = $1 ORDER BY number
      """, [.integer(study.serial)]
    ).rows
    return try rows.map { (row) throws(CalibrationError) in try Trial(row) }
  }

  fileprivate func trial(_ number: Int, of study: Study) throws(CalibrationError) -> Trial? {
    let rows = try run(
      """
      SELECT number, revision, state, document FROM vflowopt_trials
      WHERE study = $1 AND number = $2
      """, [.integer(study.serial), SQLValue(number)]
    ).rows
    return try rows.first.map { (row) throws(CalibrationError) in try Trial(row) }
  }

  fileprivate func insert(
    _ change: TrialChange, of study: Study
  ) throws(CalibrationError) {
    let trial = change.trial
    _ = try run(
      """
      INSERT INTO vflowopt_trials (study, number, revision, state, document)
      VALUES ($1, $2, $3, $4, $5)
      """,
      [
        .integer(study.serial), SQLValue(trial.id.number), SQLValue(trial.revision),
        .text(trial.state.rawValue), .text(trial.document),
      ])
    try store(change.rowValues, of: trial, study)
  }

  fileprivate func replace(
    _ change: TrialChange, of study: Study
  ) throws(CalibrationError) -> Bool {
    let trial = change.trial
    let updated = try run(
      """
      UPDATE vflowopt_trials SET revision = revision + 1, state = $1, document = $2
      WHERE study = $3 AND number = $4 AND revision = $5
      """,
      [
        .text(trial.state.rawValue), .text(trial.document), .integer(study.serial),
        SQLValue(trial.id.number), SQLValue(trial.revision),
      ])
    guard updated.changed == 1 else { return false }
    try store(change.rowValues, of: trial, study)
    return true
  }

  private func store(
    _ values: RowValues?, of trial: Trial, _ study: Study
  ) throws(CalibrationError) {
    guard let values else { return }
    _ = try run(
      """
      INSERT INTO vflowopt_row_values (study, trial, contents) VALUES ($1, $2, $3)
      ON CONFLICT (study, trial) DO UPDATE SET contents = excluded.contents
      """,
      [.integer(study.serial), SQLValue(trial.id.number), .blob(PackedValues.pack(values))])
  }
}

extension StoredStudy {
  fileprivate init(_ row: [SQLValue]) throws(CalibrationError) {
    self.init(
      serial: try row[0].integer(), name: try row[1].text(),
      revision: Int(clamping: try row[2].integer()), state: try row[3].text(),
      trialCount: Int(clamping: try row[4].integer()), specification: try row[5].text(),
      calibrationSet: try row[6].textIfPresent())
  }
}

extension Trial {
  fileprivate init(_ row: [SQLValue]) throws(CalibrationError) {
    try self.init(
      number: Int(clamping: row[0].integer()), revision: Int(clamping: row[1].integer()),
      state: row[2].text(), document: row[3].text())
  }
}

extension CalibrationError {
  /// Ends a transaction in which another writer was faster; callers never see it.
  fileprivate static let overtaken = CalibrationError(
    .storeBusy, "another writer was faster", field: .trials)
}
