import HTTPEngine

/// What can be done with studies, trials and stored strategies.
enum CalibrationAction: Sendable, CaseIterable {
  case listStudies
  case createStudy
  case readStudy
  case deleteStudy
  case completeStudy
  case putBaseline
  case ask
  case tell
  case report
  case abandon
  case importTrials
  case listTrials
  case readTrial
  case best
  case history
  case importances
  case pareto
  case export
  case publish
  case listStrategies
  case putStrategy
  case deleteStrategy
  case promoteStrategy
  case rollBackStrategy

  /// What a route and a method of it ask for; nil where they ask for something else.
  init?(_ route: ServiceRoute, _ method: Method) {
    let actions = Self.allCases.filter { $0.route == route }
    let method = method == .head ? .get : method
    guard let action = actions.first(where: { $0.method == method }) else { return nil }
    self = action
  }

  /// The route.
  var route: ServiceRoute {
    switch self {
    case .listStudies, .createStudy: .studies
    case .readStudy, .deleteStudy: .study
    case .completeStudy: .studyCompletion
    case .putBaseline: .baseline
    case .ask: .ask
    case .tell: .tell
    case .report: .report
    case .abandon: .abandon
    case .importTrials: .trialsImport
    case .listTrials: .trials
    case .readTrial: .trial
    case .best: .best
    case .history: .history
    case .importances: .importances
    case .pareto: .pareto
    case .export: .studyExport
    case .publish: .studyPublication
    case .listStrategies: .strategies
    case .putStrategy, .deleteStrategy: .strategy
    case .promoteStrategy: .strategyPromotion
    case .rollBackStrategy: .strategyRollback
    }
  }

  /// The method.
  var method: Method {
    switch self {
    case .listStudies, .readStudy, .listTrials, .readTrial, .best, .history, .importances, .pareto,
      .export, .listStrategies:
      .get
    case .deleteStudy, .deleteStrategy: .delete
    case .putBaseline, .putStrategy: .put
    default: .post
    }
  }

  /// What is made of the body.
  var bodyUse: OperationKind.BodyUse {
    switch self {
    case .createStudy, .putBaseline, .tell, .report, .importTrials, .publish, .putStrategy:
      .required
    case .ask: .optional
    default: .ignored
    }
  }

  /// Whether a model of the objective is fitted, which takes longer than the store does.
  var fitsModel: Bool { self == .ask || self == .importances }
}
