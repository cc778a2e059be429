import HTTPEngine
import Telemetry
import VectorKernels
import WorkerPool

extension ServiceParts {
  /// Registers numbers that are read where they are kept.
  func registerNumbers(_ kernels: KernelSet, _ configuration: ServiceConfiguration) {
    let registry = metrics.registry
    registry.gauge(
      "vflowopt_build_info", help: "Always 1; the labels tell the build.",
      labels: [("version", ServiceVersion.current), ("kernel_set", kernels.name)]
    ) { 1 }
    registerPool(registry)
    registerAdmission(registry)
    registry.gauge(
      "vflowopt_in_flight_limit_bytes", help: "The most that in-flight bytes may come to."
    ) { Double(configuration.inFlightBytes) }
    if let sharedMemory { registerRegions(sharedMemory, registry) }
    let log = log
    registry.counter(
      "vflowopt_log_records_dropped_total", help: "Log records that nobody took in time."
    ) { log.droppedRecords }
    ProcessStatistics.register(in: registry)
  }

  private func registerRegions(_ memory: SharedMemory, _ registry: MetricsRegistry) {
    registry.gauge(
      "vflowopt_shared_memory_regions", help: "Regions of shared memory, while anything uses them."
    ) { Double(memory.total.regions) }
    registry.gauge("vflowopt_shared_memory_bytes", help: "Bytes of these regions.") {
      Double(memory.total.bytes)
    }
  }

  private func registerPool(_ registry: MetricsRegistry) {
    let (pool, buffers) = (pools.pruning, buffers)
    registry.gauge(
      "vflowopt_calibration_queue_depth", help: "Places taken in the queues for calibration."
    ) { [pools] in Double(pools.storing.status.depth + pools.fitting.status.depth) }
    let (workers, capacity) = (pool.status.workers, pool.status.queueCapacity)
    registry.gauge("vflowopt_queue_depth", help: "Places taken in the queue.") {
      Double(pool.status.depth)
    }
    registry.gauge("vflowopt_queue_capacity", help: "Places in the queue.") { Double(capacity) }
    registry.gauge("vflowopt_workers", help: "Workers.") { Double(workers) }
    registry.gauge("vflowopt_busy_workers", help: "Workers that run a request.") {
      Double(pool.status.busyWorkers)
    }
    registry.gauge(
      "vflowopt_drain_rate", help: "Requests that leave the pool per second while it is busy."
    ) { pool.status.jobsPerSecond ?? 0 }
    registry.gauge("vflowopt_buffer_pool_bytes", help: "Idle body buffers kept for reuse.") {
      Double(buffers.idleBytes)
    }
  }

  private func registerAdmission(_ registry: MetricsRegistry) {
    let (admission, ledger) = (admission, admission.ledger)
    let calibration = admission.calibrationLedger
    // Weak, because admission counts in the metrics of this very registry.
    registry.gauge("vflowopt_draining", help: "1 from the first signal to stop.") {
      [weak admission] in
      admission?.isDraining == true ? 1 : 0
    }
    registry.gauge(
      "vflowopt_admission_places",
      help: "Requests that may wait or run as long as they take as long as now."
    ) { [weak admission] in Double(admission?.places.requests ?? 0) }
    registry.gauge(
      "vflowopt_in_flight_bytes", help: "Bytes held for bodies and for answers not yet sent."
    ) { Double(ledger.total.bytes + calibration.total.bytes) }
    registry.gauge(
      "vflowopt_awaited_bytes", help: "Bytes among those in flight that have not arrived."
    ) { Double(ledger.total.awaited + calibration.total.awaited) }
    registry.gauge("vflowopt_clients", help: "Clients that hold a place or bytes.") {
      Double(ledger.clients)
    }
    registry.counter(
      "vflowopt_bodies_evicted_total",
      help: "Bodies given up because they came slowly and their room was needed."
    ) { ledger.evictions + calibration.evictions }
  }
}
