import ArgumentParser
import StudyDriver

extension Studies {
  struct Export: ParsableCommand {
    /// How a study is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
      case json, csv
    }

    static let configuration = CommandConfiguration(
      abstract: "Writes a whole study, with all measurements.")

    @Argument(help: "The study's name.") var study: String
    @Option(help: "How: json or csv.") var format = Format.json
    @Option(name: [.short, .long], help: "Where to; standard output if left out.")
    var output: String?
    @OptionGroup var place: StudyPlace

    func run() throws {
      try telling {
        let target = String.study(study) + ":export?format=\(format.rawValue)"
        let content = try place.content(of: StudyCall("GET", target))
        guard let output else {
          StandardStream.output.write(content + (format == .json ? [10] : []))
          return
        }
        try FileContent.write(content, to: output)
      }
    }
  }

  struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draws the course of a study as an SVG picture.")

    @Argument(help: "The study's name.") var study: String
    @Option(name: [.short, .long], help: "Where to; standard output if left out.")
    var output: String?
    @OptionGroup var place: StudyPlace

    func run() throws {
      try telling {
        let client = StudyClient(try place.open(), study: study, stop: StopSignal())
        let plot = ConvergencePlot(title: "Study \(study)", trials: try client.trials())
        let content = Array(plot.svg.utf8)
        guard let output else {
          StandardStream.output.write(content)
          return
        }
        try FileContent.write(content, to: output)
      }
    }
  }

  struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes the best trial a named strategy, if it is better than the default.",
      discussion: """
        Without a version the next number is taken, and the bare name stands for it from then on. \
        Exits with 65 where the best trial is not shown to be better than the default strategy.
        """)

    @Argument(help: "The study's name.") var study: String
    @Option(name: .customLong("as"), help: "The strategy's name: NAME or NAME@VERSION.")
    var name: String
    @Option(help: "Another trial than the best one.") var trial: Int?
    @Option(help: "How sure it must be that it is better; 0.95 if left out.")
    var minimumProbability: Double?
    @Flag(help: "Publish even if it is not better, and say so in the provenance.") var force =
      false
    @Flag(inversion: .prefixedNo, help: "Let the bare name stand for this version.")
    var promote = true
    @OptionGroup var place: StudyPlace

    func run() throws {
      let request = PublicationDraft(
        name: name, trial: trial, minimumProbability: minimumProbability, force: force,
        promote: promote)
      let target = String.study(study) + ":publish"
      try Studies.print(place, StudyCall("POST", target, body: request.body))
    }
  }
}
