package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.Upcasters;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;

/// What workers run on.
public record Platform(
        Transport transport,
        ParkingStore parking,
        Upcasters upcasters,
        EventBus bus,
        AgentRuntime runtime,
        InstantSource clock,
        Limits limits,
        MeterRegistry meters) {}
