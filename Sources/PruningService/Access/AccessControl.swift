import HTTPEngine
import Locking
import Telemetry

/// Decides from a request head alone who sends it and whether that client may.
final class AccessControl: Sendable {
  /// What is known of a request's sender.
  struct Decision: Sendable {
    /// Who it is.
    let client: ClientIdentity
    /// Why the request is refused; nil if it is not.
    var problem: ServiceProblem?
  }

  private let hasAdminListener: Bool
  // The policy is replaced as a whole, by reload; nil means that nobody needs a key.
  private let policy: Locked<AccessPolicy?>
  private let refusals: [Counter]

  /// Makes a control.
  ///
  /// - Parameters:
  ///   - policy: Who may do what; nil if everyone may do everything but administer.
  ///   - hasAdminListener: Whether metrics and admin routes have a listener of their own.
  ///   - registry: Where refusals are counted.
  init(policy: AccessPolicy?, hasAdminListener: Bool, registry: MetricsRegistry) {
    self.policy = Locked(policy)
    self.hasAdminListener = hasAdminListener
    let counters = registry.counters(
      "vflowopt_access_refused_total", help: "Requests refused for their credentials, by reason.",
      labels: [Label("reason", AccessRefusal.allCases.map(\.rawValue))])
    refusals = AccessRefusal.allCases.map { counters[$0.rawValue] }
  }

  /// Puts another policy in place of the one in force.
  func replace(_ policy: AccessPolicy?) { self.policy.withLock { $0 = policy } }

  /// Whether a route exists where the request came in.
  func isOffered(_ route: ServiceRoute, to head: borrowing RequestHead) -> Bool {
    route.isOffered(on: ServiceSurface(head.connection), hasAdminListener: hasAdminListener)
  }

  /// Decides about a request.
  ///
  /// - Parameters:
  ///   - head: The request head, for its credentials.
  ///   - question: What it wants.
  /// - Returns: Who sent it, and the problem with that.
  func decide(_ head: borrowing RequestHead, _ question: AccessQuestion) -> Decision {
    let (nobody, scope) = (question.nobody, question.scope)
    if question.namesRoute && scope == nil { return Decision(client: nobody) }
    guard let policy = policy.withLock({ $0 }) else {
      let isOpen = scope != .admin || question.surface == .admin
      return isOpen
        ? Decision(client: nobody) : refuse(.unguarded, nobody, .adminNeedsGuard)
    }
    do throws(Denial) {
      let client = try identify(head, policy)
      guard let scope, !client.scopes.contains(scope) else {
        return Decision(client: client.identity)
      }
      return refuse(.scope, client.identity, .missingScope(scope))
    } catch { return refuse(error.reason, nobody, error.problem) }
  }

  private struct Denial: Error {
    let reason: AccessRefusal
    let problem: ServiceProblem
  }

  /// A key that is sent decides alone: a certificate beside it neither helps nor adds rights.
  private func identify(
    _ head: borrowing RequestHead, _ policy: AccessPolicy
  ) throws(Denial) -> AccessPolicy.Client {
    switch PresentedCredential(head.fields) {
    case .key(let key):
      if let client = policy.client(withKey: key) { return client }
      throw Denial(reason: .unknown, problem: .unknownCredentials)
    case .none:
      if let client = policy.client(at: head.connection) { return client }
      throw Denial(reason: .missing, problem: .missingCredentials)
    case .unknownScheme: throw Denial(reason: .unknown, problem: .unknownScheme)
    case .conflicting: throw Denial(reason: .conflicting, problem: .conflictingCredentials)
    }
  }

  private func refuse(
    _ reason: AccessRefusal, _ client: ClientIdentity, _ problem: ServiceProblem
  ) -> Decision {
    refusals[reason.index].increment()
    return Decision(client: client, problem: problem)
  }
}

/// Why a request was refused for its credentials: a metric's label.
enum AccessRefusal: String, CaseIterable, Sendable {
  /// It has none.
  case missing
  /// They are nobody's.
  case unknown
  /// They contradict each other.
  case conflicting
  /// They do not cover the route.
  case scope
  /// Nothing guards the admin routes.
  case unguarded

  fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
