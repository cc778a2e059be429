import ArgumentParser
import PruningService

/// Makes and checks what lets clients in: `vflowopt keys`.
struct Keys: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes API keys and checks the file that lets clients in.",
    subcommands: [Create.self, Check.self])

  /// Prints a new key, once, and what to add to the keys file.
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints a new key and the lines to add to the keys file.",
      discussion: """
        The key goes to standard output, the lines for the file of --api-keys after it. The key has \
        256 random bits; the file holds its SHA-256 only, so nothing can print the key again.
        """)

    @Option(help: "What logs call the client: 1 to 64 of A-Z a-z 0-9 . _ @ -") var name: String
    @Option(
      help: ArgumentHelp(
        "What the client may do, separated by commas: prune, read, calibrate, admin.",
        valueName: "scopes"))
    var scope: String

    private var scopes: [AccessScope?] {
      scope.split(separator: ",", omittingEmptySubsequences: false)
        .map { AccessScope(rawValue: String($0)) }
    }

    func validate() throws {
      guard APIKey.isName(name) else {
        throw ValidationError("--name is 1 to 64 of A-Z a-z 0-9 . _ @ -")
      }
      guard scopes.allSatisfy({ $0 != nil }) else {
        throw ValidationError("--scope is some of prune, read, calibrate, admin, with commas")
      }
    }

    func run() {
      let key = APIKey()
      StandardStream.output.writeLine(key.text)
      StandardStream.output.writeLine("")
      StandardStream.output.writeLine(key.entry(name: name, scopes: scopes.compactMap { $0 }))
    }
  }

  /// Reads a keys file as the service would.
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Reads a keys file as the service would: exit 0 if it is good, 78 if not.")

    @Argument(help: "The keys file.") var file: String

    func run() throws {
      do {
        for line in try AccessSummary(path: file).lines {
          StandardStream.output.writeLine(line)
        }
      } catch {
        for line in error.lines { StandardStream.error.writeLine(line) }
        throw ExitCode.configurationError
      }
    }
  }
}
