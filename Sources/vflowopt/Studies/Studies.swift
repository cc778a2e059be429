import ArgumentParser
import StudyDriver

/// Looks at studies and publishes what they found: `vflowopt study`.
struct Studies: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Lists, shows, exports, publishes, completes and deletes studies.",
    discussion: """
      Answers are those of the service, as JSON on standard output; list prints a table unless --json \
      is given. A refusal prints its problem document to standard error and exits with 65.
      """,
    subcommands: [
      List.self, Show.self, Trials.self, Best.self, Export.self, Plot.self, Publish.self,
      Complete.self, Delete.self,
    ])

  /// Makes one call and prints the answer.
  static func print(_ place: StudyPlace, _ call: StudyCall) throws {
    try telling {
      StandardStream.output.write(try place.content(of: call) + [10])
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists all studies.")

    @OptionGroup var place: StudyPlace
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      try telling {
        let answer = try place.content(of: StudyCall("GET", "/v1/studies"))
        let table = try StudyTable(answer).text
        StandardStream.output.write(json ? answer + [10] : Array(table.utf8))
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows one study.")

    @Argument(help: "The study's name.") var study: String
    @OptionGroup var place: StudyPlace

    func run() throws { try Studies.print(place, StudyCall("GET", .study(study))) }
  }

  struct Trials: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a study's trials, or one of them with its values by row.")

    @Argument(help: "The study's name.") var study: String
    @Option(help: "The trial's number.") var trial: Int?
    @Option(help: "The most trials to show, up to 1000.") var limit: Int?
    @Option(help: "The next_page_token of the page before.") var pageToken: String?
    @OptionGroup var place: StudyPlace

    func run() throws {
      var target = String.study(study) + "/trials"
      if let trial {
        target += "/\(trial)"
      } else {
        let query = [
          limit.map { "limit=\($0)" }, pageToken.map { "page_token=\(StudyCall.escaped($0))" },
        ].compactMap { $0 }
        if !query.isEmpty { target += "?" + query.joined(separator: "&") }
      }
      try Studies.print(place, StudyCall("GET", target))
    }
  }

  struct Best: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows a study's best trial and how sure it is that it is better.")

    @Argument(help: "The study's name.") var study: String
    @OptionGroup var place: StudyPlace

    func run() throws { try Studies.print(place, StudyCall("GET", .study(study) + "/best")) }
  }

  struct Complete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ends a study: it gets no new trials.")

    @Argument(help: "The study's name.") var study: String
    @OptionGroup var place: StudyPlace

    func run() throws { try Studies.print(place, StudyCall("POST", .study(study) + ":complete")) }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deletes a study with its trials; what it published stays.")

    @Argument(help: "The study's name.") var study: String
    @OptionGroup var place: StudyPlace

    func run() throws {
      try telling { _ = try place.content(of: StudyCall("DELETE", .study(study))) }
    }
  }
}

extension StudyPlace {
  /// The content of an answer of success.
  func content(of call: StudyCall) throws -> [UInt8] {
    let client = StudyClient(try open(), study: "", stop: StopSignal())
    return try client.answer(to: call).body
  }
}

extension String {
  /// The path of a study.
  static func study(_ name: String) -> String { "/v1/studies/" + StudyCall.escaped(name) }
}
