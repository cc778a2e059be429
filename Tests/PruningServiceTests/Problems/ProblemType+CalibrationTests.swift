import Calibration
import TensorCoding
import Testing
import TokenPruning

@testable import PruningService

@Suite struct ProblemTypeCalibrationTests {
  /// A table once more, away from the code: what the documentation promises.
  private static let types: [(ProblemType, [CalibrationError.Code])] = [
    (.valueOutOfRange, [.invalidName, .valueOutOfRange, .missingValue, .invalidStrategy]),
    (.budgetInfeasible, [.budgetInfeasible]), (.studyNotFound, [.studyNotFound]),
    (.studyExists, [.studyExists]), (.studyImmutable, [.studyCompleted, .baselineConflict]),
    (.trialNotFound, [.trialNotFound, .nothingMeasured]),
    (.trialAlreadyComplete, [.trialAlreadyComplete]), (.baselineMissing, [.baselineMissing]),
    (.shapeMismatch, [.shapeMismatch]), (.unsupportedDType, [.unsupportedDType]),
    (.nonFiniteValue, [.nonFiniteValue]), (.notBetterThanDefault, [.notBetterThanDefault]),
    (.notFound, [.strategyNotFound]),
    (
      .strategyImmutable,
      [.strategyReadOnly, .strategyVersionExists, .strategyVersionInUse, .nothingToRollBack]
    ), (.preconditionFailed, [.preconditionFailed]),
    (.limitReached, [.limitReached, .tooManyOpenTrials]),
    (.storeUnavailable, [.storeUnavailable, .storeUncertain, .storeBusy]),
    (.internal, [.interrupted, .storeUnreadable]),
  ]

  @Test func `every fault of calibration has one problem`() {
    let codes = Self.types.flatMap(\.1)
    #expect(Set(codes) == Set(CalibrationError.Code.allCases))
    #expect(codes.count == CalibrationError.Code.allCases.count)
    for (type, codes) in Self.types {
      for code in codes { #expect(ProblemType(code) == type, "\(code)") }
    }
  }

  @Test func `a fault of the store says when to try again`() throws {
    // A path below a file can be no database.
    let address = try #require(StoreAddress("sqlite:///proc/version/studies.sqlite"))
    let error = try #require(throws: CalibrationError.self) { try address.open() }
    let problem = ServiceProblem(error)
    #expect(problem.type == .storeUnavailable || problem.type == .internal)
    #expect((problem.retryAfterSeconds != nil) == (problem.type == .storeUnavailable))
  }
}
