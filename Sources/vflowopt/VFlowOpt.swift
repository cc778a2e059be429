import ArgumentParser
import PruningService

@main
struct VFlowOpt: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vflowopt",
    abstract: "Prunes the visual tokens of large multimodal models (VFlowOpt).",
    discussion: """
      Exit codes: 0 done, 64 wrong usage, 65 bad data, 69 unavailable, 70 internal fault, \
      78 wrong configuration.
      """,
    version: ServiceVersion.current,
    subcommands: [
      Serve.self, Prune.self, Calibrate.self, Studies.self, HealthCheck.self, Keys.self,
    ])
}
