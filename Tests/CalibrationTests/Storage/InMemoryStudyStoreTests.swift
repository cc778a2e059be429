import Testing

@testable import Calibration

@Suite struct InMemoryStudyStoreTests {
  @Test(arguments: StudyStoreContract.names)
  func `the store in memory keeps the contract`(_ check: String) throws {
    let store = InMemoryStudyStore()
    try StudyStoreContract(open: { store }).run(check)
  }
}
